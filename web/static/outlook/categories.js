// The list of categories of the signed-in person, and putting names from it on items.
import { make, request } from "/assets/common/dom.js";
import { batch, graph, key } from "/outlook/graph.js";
import { box, graphToken, session } from "/outlook/session.js";

/** The names of Graph's preset colours, in their order. */
export const COLORS = [
  "Red", "Orange", "Brown", "Yellow", "Green", "Teal", "Olive", "Blue", "Purple", "Cranberry", "Steel", "Dark steel", "Gray",
  "Dark gray", "Black", "Dark red", "Dark orange", "Dark brown", "Dark yellow", "Dark green", "Dark teal", "Dark olive",
  "Dark blue", "Dark purple", "Dark cranberry",
];

/** The list as it was last read: `[{id, displayName, color}]`. */
export let master = [];

const same = (a, b) => a.toLowerCase() === b.toLowerCase();

/**
 * Reads the list. In another's mailbox it stays the owner's, so the person's own list serves there.
 * @returns whether it changed
 */
export async function loadMaster() {
  const answer = await graph("/me/outlook/masterCategories");
  const changed = JSON.stringify(answer.value.map(plain)) !== JSON.stringify(master);
  master = answer.value.map(plain);
  return changed;
}

const plain = ({ id, displayName, color }) => ({ id, displayName, color });

/** The class of a colour; `none` and anything unknown are without colour. */
export const colorClass = (color) => (/^preset([0-9]|1[0-9]|2[0-4])$/.test(color ?? "") ? color : "presetnone");

/** The chip of a category on an item. A name that is not in the list is without colour. */
export function chip(name) {
  const entry = master.find((one) => same(one.displayName, name));
  return make("span", { class: `chip ${colorClass(entry?.color)}`, text: name, title: name });
}

/** Adds an entry. Outlook allows no comma and no semicolon in a name. */
export async function addMaster(displayName, color) {
  await graph("/me/outlook/masterCategories", { method: "POST", body: { displayName, color } });
  await loadMaster();
}

/** Gives an entry another colour. */
export async function recolor(id, color) {
  await graph(`/me/outlook/masterCategories/${key(id)}`, { method: "PATCH", body: { color } });
  await loadMaster();
}

/** Takes an entry out of the list; items keep the name. */
export async function removeMaster(id) {
  await graph(`/me/outlook/masterCategories/${key(id)}`, { method: "DELETE" });
  await loadMaster();
}

/** Renames an entry as Outlook does, which Graph cannot. */
export async function rename(from, to) {
  await request("/outlook/api/rename-category", {
    method: "POST",
    headers: { Authorization: `Bearer ${await graphToken()}` },
    body: { mailbox: session.user.mail, from, to },
  });
  await loadMaster();
}

/** The names of an item after a change. */
export function changed(names, { add = [], remove = [], clear = false }) {
  const kept = clear ? [] : names.filter((name) => !remove.some((one) => same(one, name)));
  return [...kept, ...add.filter((name) => !kept.some((one) => same(one, name)))];
}

const differs = (a, b) => a.length !== b.length || a.some((name, index) => name !== b[index]);

/**
 * Changes the categories of items, each from what is on it now: where it changed meanwhile, it is
 * read again and changed once more.
 * @param {{path: string, etag: string, categories: string[]}[]} items paths below the mailbox
 * @param {{add?: string[], remove?: string[], clear?: boolean}} change
 * @returns {Promise<{item: object, ok: boolean, categories: string[], status: number}[]>}
 */
export async function categorize(items, change) {
  const results = new Map();
  let open = items.map((item) => ({ item, etag: item.etag, names: item.categories }));
  for (let round = 0; round < 3 && open.length; round += 1) {
    const due = open.filter(({ item, names }) => {
      const wanted = changed(names, change);
      if (!differs(wanted, names)) results.set(item, { item, ok: true, categories: names, status: 200 });
      return differs(wanted, names);
    });
    const answers = await batch(due.map(({ item, etag, names }) => ({
      method: "PATCH",
      path: box() + item.path,
      headers: etag ? { "If-Match": etag } : {},
      body: { categories: changed(names, change) },
    })));
    answers.forEach(({ status, body }, index) => {
      const { item, names } = due[index];
      results.set(item, { item, ok: status < 300, categories: body?.categories ?? names, etag: body?.["@odata.etag"], status });
    });
    const stale = due.filter((_, index) => answers[index].status === 412);
    const read = await batch(stale.map(({ item }) => ({ path: box() + item.path })));
    open = stale.flatMap(({ item }, index) => (read[index].status === 200
      ? [{ item, etag: read[index].body["@odata.etag"], names: read[index].body.categories ?? [] }]
      : []));
  }
  const all = items.map((item) => results.get(item));
  if (all.some((one) => one.ok)) session.mayEdit = true;
  return all;
}
