// The dialogs about the list of categories: a new one, and all of them.
import { make, say } from "/assets/common/dom.js";
import { addMaster, chip, COLORS, colorClass, loadMaster, master, recolor, removeMaster, rename } from "/outlook/categories.js";
import { wordsOf } from "/outlook/graph.js";
import { button, dialog, field, redrawn } from "/outlook/parts.js";

/** Heard by every view: the list changed, so colours and menus may be others. */
export const listChanges = new EventTarget();
const tell = () => listChanges.dispatchEvent(new Event("change"));

function colorSelect(color, name) {
  const options = [["none", "No colour"], ...COLORS.map((text, index) => [`preset${index}`, text])];
  const select = make("select", { "aria-label": name }, ...options.map(([value, text]) => make("option", { value, text })));
  select.value = colorClass(color) === "presetnone" ? "none" : color;
  return select;
}

/** Why Outlook would refuse a name; empty when it would not. */
function refusal(name, except = null) {
  if (!name) return "Give the category a name.";
  if (/[,;]/.test(name)) return "A name cannot have a comma or a semicolon.";
  if (name.length > 255) return "A name has at most 255 characters.";
  const taken = master.some((one) => one.displayName !== except && one.displayName.toLowerCase() === name.toLowerCase());
  return taken ? `There is a category “${name}” already.` : "";
}

/** The form of a new category; `added` is called with its name. */
function form(added, { close } = {}) {
  const name = make("input", { maxlength: 255, autocomplete: "off", required: true });
  const color = colorSelect("preset7", "Colour of the new category");
  const fault = make("p", { class: "fault", role: "alert" });
  const element = make("form", { class: "lines", novalidate: true },
    field("Name", name), field("Colour", color), fault,
    make("div", { class: "actions" }, make("button", { type: "submit", class: "primary", text: "Add category" }), close && button("Cancel", close)));
  element.addEventListener("submit", async (event) => {
    event.preventDefault();
    const text = name.value.trim();
    fault.textContent = refusal(text);
    if (fault.textContent) {
      name.focus();
      return;
    }
    try {
      await addMaster(text, color.value);
      name.value = "";
      tell();
      added(text);
    } catch (error) {
      fault.textContent = wordsOf(error);
    }
  });
  return { element, name };
}

/** Asks for a new category. */
export function newCategory(done) {
  const made = form((name) => {
    shown.close();
    say(`Category “${name}” added.`, true);
    done(name);
  }, { close: () => shown.close() });
  const shown = dialog("New category", made.element);
  made.name.focus();
}

function row(entry, drawn, fault) {
  const attempt = async (work, words) => {
    fault.textContent = "";
    try {
      await work();
      say(words, true);
      tell();
    } catch (error) {
      fault.textContent = wordsOf(error);
    }
    drawn();
  };
  const name = make("input", { value: entry.displayName, maxlength: 255, "aria-label": `Name of ${entry.displayName}`, autocomplete: "off", "data-part": `name-${entry.id}` });
  const color = colorSelect(entry.color, `Colour of ${entry.displayName}`);
  color.dataset.part = `color-${entry.id}`;
  const remove = button("Delete", () => {
    if (remove.textContent === "Delete") {
      remove.textContent = "Delete now";
      remove.setAttribute("aria-label", `Delete now: ${entry.displayName}`);
      fault.textContent = `“${entry.displayName}” leaves the list; items keep the name without a colour.`;
      return;
    }
    attempt(() => removeMaster(entry.id), `Category “${entry.displayName}” deleted.`);
  }, { class: "danger", "aria-label": `Delete ${entry.displayName}` });
  const renameNow = () => {
    const to = name.value.trim();
    if (to === entry.displayName) return;
    fault.textContent = refusal(to, entry.displayName);
    if (!fault.textContent) attempt(() => rename(entry.displayName, to), `Renamed to “${to}”.`);
  };
  name.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    renameNow();
  });
  color.addEventListener("change", () => attempt(() => recolor(entry.id, color.value), `“${entry.displayName}” has another colour.`));
  return make("li", { class: "category" }, make("div", { class: "whole" }, chip(entry.displayName)), name,
    button("Rename", renameNow, { "aria-label": `Rename ${entry.displayName}`, "data-part": `rename-${entry.id}` }), color, remove);
}

/** Shows all categories: rename, another colour, delete, add. */
export async function manageCategories() {
  const list = make("ul", { class: "categories" });
  const fault = make("p", { class: "fault", role: "alert" });
  const draw = () => {
    redrawn(list, master.length
      ? master.map((entry) => row(entry, draw, fault))
      : [make("li", { class: "empty", text: "No categories yet. Add the first one below." })]);
    // The row that had the focus may be gone.
    if (document.activeElement === document.body) (list.querySelector("input") ?? made.name).focus();
  };
  const made = form((name) => {
    draw();
    say(`Category “${name}” added.`, true);
  });
  draw();
  const shown = dialog("Manage categories", list, fault, make("h3", { text: "Add" }), made.element,
    make("div", { class: "actions" }, button("Close", () => shown.close())));
  try {
    if (await loadMaster()) draw();
  } catch (error) {
    fault.textContent = wordsOf(error);
  }
}
