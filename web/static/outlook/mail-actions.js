// What can be done with messages: read and unread, delete, move, answer, categorize.
import { by, say } from "/assets/common/dom.js";
import { openCategoryMenu } from "/outlook/category-menu.js";
import { compose } from "/outlook/compose.js";
import { batch, graph, wordsOf } from "/outlook/graph.js";
import { asItem, chosen, mail, pathOf } from "/outlook/mail-model.js";
import { openMenu } from "/outlook/menu.js";
import { button } from "/outlook/parts.js";
import { shown } from "/outlook/reading.js";
import { box } from "/outlook/session.js";

let heard = {};

/** Carries out one request for each message and says how it went. */
async function each(rows, made, words) {
  try {
    const answers = await batch(rows.map(made));
    const failed = answers.filter((one) => one.status >= 400);
    const denied = failed.some((one) => one.status === 403);
    if (denied) say("You may read this mailbox, but not change it.", true);
    else if (failed.length) say(`${failed.length} of ${rows.length} messages were not changed (${failed[0].body?.error?.code ?? failed[0].status}).`, true);
    else say(`${words}: ${rows.length} ${rows.length === 1 ? "message" : "messages"}.`, true);
  } catch (error) {
    say(wordsOf(error), true);
  }
}

/** Marks messages read or unread. */
async function mark(isRead) {
  const rows = chosen();
  await each(rows, (row) => ({ method: "PATCH", path: box() + pathOf(row.id), body: { isRead } }), isRead ? "Marked read" : "Marked unread");
  heard.changed();
}

/** Marks the message that was just opened; who may only read leaves it as it is. */
export async function markOpened(row) {
  if (row.isRead) return;
  await graph(box() + pathOf(row.id), { method: "PATCH", body: { isRead: true } }).then(() => { row.isRead = true; }, () => {});
}

const inTrash = () => mail.folder?.displayName === "Deleted Items";

/** Moves messages to Deleted Items; what is there already is deleted for good. */
export async function remove(rows) {
  const next = neighbour(rows);
  await each(rows, (row) => (inTrash()
    ? { method: "DELETE", path: box() + pathOf(row.id) }
    : { method: "POST", path: `${box()}${pathOf(row.id)}/move`, body: { destinationId: "deleteditems" } }), "Deleted");
  heard.gone(rows, next);
}

/** The message after those that go, else the one before. */
function neighbour(rows) {
  const going = new Set(rows.map((row) => row.id));
  const first = mail.rows.findIndex((row) => going.has(row.id));
  return mail.rows.slice(first).find((row) => !going.has(row.id))?.id ?? mail.rows.slice(0, Math.max(0, first)).at(-1)?.id ?? null;
}

function moveMenu(anchor) {
  const rows = chosen();
  openMenu(anchor, "Move to", mail.folders.filter((one) => one.id !== mail.folder.id).map((folder) => ({
    text: `${" ".repeat(folder.depth * 2)}${folder.displayName}`,
    run: async () => {
      const next = neighbour(rows);
      await each(rows, (row) => ({ method: "POST", path: `${box()}${pathOf(row.id)}/move`, body: { destinationId: folder.id } }), `Moved to ${folder.displayName}`);
      heard.gone(rows, next);
    },
  })));
}

async function send(id) {
  try {
    await graph(`${box()}${pathOf(id)}/send`, { method: "POST" });
    say("Sent.", true);
    heard.gone([{ id }], null);
  } catch (error) {
    say(wordsOf(error), true);
  }
}

const HAS_MENU = { "aria-haspopup": "menu", "aria-expanded": "false" };
let buttons = {};

/**
 * Makes the two toolbars.
 * @param {{changed: Function, gone: Function, categorized: Function, back: Function}} listeners
 */
export function makeActions(listeners) {
  heard = listeners;
  buttons = {
    categorize: button("Categorize", (event) => openCategoryMenu(event.currentTarget, chosen().map(asItem), heard.categorized), HAS_MENU),
    read: button("Mark read", () => mark(chosen().some((row) => !row.isRead)), { class: "steady" }),
    move: button("Move", (event) => moveMenu(event.currentTarget), HAS_MENU),
    remove: button("Delete", () => remove(chosen())),
  };
  by("mail-actions").replaceChildren(...Object.values(buttons));
  const answer = (kind, words) => button(words, () => compose(kind, shown, heard.changed), { class: "answer" });
  by("message-actions").replaceChildren(
    button("Back", () => heard.back(), { class: "narrow-only" }),
    answer("reply", "Reply"), answer("replyAll", "Reply all"), answer("forward", "Forward"),
    button("Send", () => send(shown.id), { class: "draft primary" }),
    button("Categorize this message", (event) => openCategoryMenu(event.currentTarget, [asItem(shown)], heard.categorized), HAS_MENU));
  by("compose").addEventListener("click", () => compose("new", null, heard.changed));
}

/** Shows what can be done with what is chosen now. */
export function drawActions() {
  const rows = chosen();
  for (const one of Object.values(buttons)) one.disabled = !rows.length;
  const words = rows.some((row) => !row.isRead) || !rows.length ? "Mark read" : "Mark unread";
  if (buttons.read.textContent !== words) buttons.read.textContent = words;
  for (const one of by("message-actions").querySelectorAll(".answer")) one.hidden = Boolean(shown?.isDraft);
  for (const one of by("message-actions").querySelectorAll(".draft")) one.hidden = !shown?.isDraft;
}
