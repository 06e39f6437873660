// The category menu of one or several items: check and uncheck, clear, new, manage.
import { make, say } from "/assets/common/dom.js";
import { categorize, colorClass, master } from "/outlook/categories.js";
import { manageCategories, newCategory } from "/outlook/category-dialog.js";
import { openMenu } from "/outlook/menu.js";
import { wordsOf } from "/outlook/graph.js";

const same = (a, b) => a.toLowerCase() === b.toLowerCase();

/** Every category of the list, then those on the items that are not in it. */
function entries(items) {
  const strangers = [...new Set(items.flatMap((item) => item.categories))]
    .filter((name) => !master.some((one) => same(one.displayName, name)))
    .map((displayName) => ({ displayName, color: "none" }));
  return [...master, ...strangers].map((entry) => {
    const bearers = items.filter((item) => item.categories.some((name) => same(name, entry.displayName))).length;
    return { ...entry, checked: bearers === 0 ? "false" : bearers === items.length ? "true" : "mixed" };
  });
}

/**
 * Changes the items and says what came of it.
 * @param {object[]} items as `categorize` takes them
 * @param {(results: object[]) => void} done
 */
async function apply(items, change, done) {
  try {
    const results = await categorize(items, change);
    done(results);
    const failed = results.filter((one) => !one.ok);
    const what = change.clear ? "Categories cleared" : change.add?.length ? `“${change.add[0]}” assigned` : `“${change.remove[0]}” removed`;
    if (!failed.length) say(items.length === 1 ? `${what}.` : `${what}: ${items.length} items.`, true);
    else if (failed.every((one) => one.status === 403)) say("You may read this mailbox, but not change it.", true);
    else say(`${failed.length} of ${items.length} items could not be changed (${failed[0].status}).`, true);
    return results;
  } catch (error) {
    say(wordsOf(error), true);
    return [];
  }
}

/**
 * Opens the menu.
 * @param {HTMLElement} anchor beside which it opens, and where the focus returns
 * @param {object[]} items
 * @param {(results: object[]) => void} done called with the new names
 * @param {{x: number, y: number}} [point] of the pointer
 */
export function openCategoryMenu(anchor, items, done, point) {
  if (!items.length) return;
  const choices = entries(items).map((entry) => ({
    role: "menuitemcheckbox",
    checked: entry.checked,
    text: entry.displayName,
    mark: make("span", { class: `swatch ${colorClass(entry.color)}`, "aria-hidden": "true" }),
    run: () => apply(items, entry.checked === "true" ? { remove: [entry.displayName] } : { add: [entry.displayName] }, done),
  }));
  openMenu(anchor, "Categories", [
    ...choices,
    ...(choices.length ? [null] : []),
    { text: "Clear all categories", disabled: items.every((item) => !item.categories.length), run: () => apply(items, { clear: true }, done) },
    { text: "New category…", run: () => newCategory((name) => apply(items, { add: [name] }, done)) },
    { text: "Manage categories…", run: () => manageCategories() },
  ], point);
}
