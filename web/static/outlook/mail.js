// The mail view: folders, list and reading pane together.
import { by, say } from "/assets/common/dom.js";
import { openCategoryMenu } from "/outlook/category-menu.js";
import { makeActions, drawActions, markOpened, remove } from "/outlook/mail-actions.js";
import { drawFolders, onFolder } from "/outlook/mail-folders.js";
import { drawRows, onList } from "/outlook/mail-list.js";
import { arranged, asItem, choose, chosen, loadFolders, loadRows, mail, put, reset } from "/outlook/mail-model.js";
import { failure, note } from "/outlook/parts.js";
import { closeMessage, drawChips, openMessage, shown } from "/outlook/reading.js";

/** Dispatches "itemchanged" and "selectionchanged". */
export const mailEvents = new EventTarget();
const tell = (name) => mailEvents.dispatchEvent(new Event(name));
const shows = (part) => { by("mail").dataset.shows = part; };
const take = (row) => Object.assign(shown, { categories: row.categories, isRead: row.isRead, "@odata.etag": row["@odata.etag"] });

function draw() {
  drawFolders();
  drawRows();
  drawActions();
  by("mail-title").textContent = mail.folder?.displayName ?? "Mail";
}

/** Opens a message; `entered` where the person chose it, so that narrow pages show it alone. */
async function show(id, entered) {
  mail.open = id;
  if (entered) shows("reading");
  draw();
  tell("selectionchanged");
  const message = await openMessage(id);
  if (!message || mail.open !== id) return;
  drawActions();
  tell("itemchanged");
  const row = mail.rows.find((one) => one.id === id);
  if (row && !row.isRead) {
    await markOpened(row);
    refreshQuietly();
  }
}

function close(words) {
  mail.open = null;
  closeMessage(words);
  shows("list");
  tell("itemchanged");
}

/** Puts the answers of a change of categories where they are seen. */
function categorized(results) {
  put(results);
  const own = results.find(({ item, ok }) => ok && item.id === shown?.id);
  if (own) {
    Object.assign(shown, { categories: own.categories, "@odata.etag": own.etag ?? shown["@odata.etag"] });
    drawChips();
  }
  draw();
  refreshQuietly();
}

function follow() {
  const row = mail.rows.find((one) => one.id === mail.open);
  if (row && shown?.id === row.id) {
    take(row);
    drawChips();
  } else if (!row && mail.open && shown && !mail.more && shown.parentFolderId === mail.folder.id) {
    close("The message is no longer in this folder.");
  }
}

let asked = null;

/** Reads folders and messages again; at first, those of the Inbox. */
export async function refreshMail() {
  asked?.abort();
  asked = new AbortController();
  const { signal } = asked;
  const begins = !mail.folder;
  if (begins && !await first()) return;
  const [, fits] = await Promise.all([begins ? null : loadFolders(), loadRows(signal)]);
  if (!fits) return;
  by("mail-note").replaceChildren(...(mail.rows.length ? [] : [note("Nothing here. Mail that is delivered appears by itself.")]));
  follow();
  draw();
}

/** Chooses the folder to begin with. */
async function first() {
  const folders = await loadFolders();
  const inbox = folders.find((one) => one.displayName === "Inbox") ?? folders[0];
  if (inbox) choose(inbox);
  else by("mail-note").replaceChildren(note("This mailbox has no folders."));
  return inbox;
}

const refreshQuietly = () => refreshMail().catch(() => {});

/** Shows the mail; called when the view comes up and when the mailbox is another. */
export async function showMail() {
  if (!mail.rows.length) by("mail-note").replaceChildren(note("Loading…"));
  try {
    await refreshMail();
  } catch (error) {
    if (error.name === "AbortError") return;
    by("mail-note").replaceChildren(failure("The messages could not be read", error, showMail));
    if (!mail.folder) by("mail-title").textContent = "Mail";
  }
}

/** Forgets what is shown, for another mailbox. */
export function resetMail() {
  reset();
  close();
  draw();
  tell("selectionchanged");
}

/** Opens the message of an address such as those of a message's `webLink`. */
export async function openByAddress() {
  const id = new URLSearchParams(location.search).get("ItemID");
  if (id) await show(id.replace(/ /g, "+"), true);
}

/** The items that are selected: all of them, or the open one. */
export const selectedRows = chosen;

/** Changes what the page shows of the open message after somebody else changed its categories. */
export const tookCategories = categorized;

/** Starts listening. */
export function makeMail() {
  onFolder((folder) => {
    choose(folder);
    close();
    by("folders").classList.remove("shown");
    by("show-folders").setAttribute("aria-expanded", "false");
    by("messages").replaceChildren();
    draw();
    showMail();
  });
  onList({
    opened: show,
    selected: () => {
      draw();
      tell("selectionchanged");
    },
    deleted: (id) => remove(mail.selected.has(id) ? chosen() : mail.rows.filter((row) => row.id === id)),
    menu: (id, anchor, point) => {
      const rows = mail.selected.has(id) ? chosen() : mail.rows.filter((row) => row.id === id);
      openCategoryMenu(anchor, rows.map(asItem), categorized, point);
    },
  });
  makeActions({
    changed: refreshQuietly,
    categorized,
    back: () => {
      shows("list");
      const row = [...by("messages").children].find((one) => one.dataset.id === mail.open);
      row?.querySelector(".message").focus();
    },
    gone: async (rows, next) => {
      const held = by("messages").contains(document.activeElement);
      mail.selected.clear();
      if (rows.some((row) => row.id === mail.open)) close();
      await refreshQuietly();
      if (held) [...by("messages").children].find((one) => one.dataset.id === next)?.querySelector(".message").focus();
    },
  });
  by("grouping").addEventListener("click", () => {
    mail.grouped = !mail.grouped;
    by("grouping").setAttribute("aria-pressed", String(mail.grouped));
    drawRows();
    say(mail.grouped ? `${arranged().length} conversations.` : "Each message by itself.", true);
  });
  by("more").addEventListener("click", () => {
    mail.pages += 1;
    showMail();
  });
  by("show-folders").addEventListener("click", (event) => {
    const on = by("folders").classList.toggle("shown");
    event.currentTarget.setAttribute("aria-expanded", String(on));
  });
  draw();
}
