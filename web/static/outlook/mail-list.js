// The list of messages: rows, selection by pointer and keyboard, conversations.
import { by, keyed, make, moment } from "/assets/common/dom.js";
import { chip, master } from "/outlook/categories.js";
import { arranged, mail } from "/outlook/mail-model.js";
import { icon, nameOf, redrawn } from "/outlook/parts.js";

/** Whose name a row shows: in folders of one's own mail, who gets it. */
const FROM_ME = ["Sent Items", "Drafts", "Outbox"];

let heard = {};

function who(row) {
  if (!FROM_ME.includes(mail.folder?.displayName)) return nameOf(row.from);
  return row.toRecipients.map(nameOf).join("; ") || "(no recipient)";
}

function draw(place, { row, level, folded, unfolded, unreadBelow, selected, open, reachable }) {
  const subject = row.subject || "(no subject)";
  const bold = !row.isRead || (unreadBelow && !unfolded);
  place.className = `row${bold ? " unread" : ""}${selected ? " selected" : ""}${open ? " open" : ""}${level ? " older" : ""}`;
  place.dataset.id = row.id;
  const box = make("input", { type: "checkbox", tabindex: "-1", "aria-label": `Select ${subject}`, "data-part": "box" });
  box.checked = selected;
  const main = make("button", {
    type: "button", class: "plain message", tabindex: reachable ? "0" : "-1", "aria-current": open ? "true" : null, "data-part": "main",
  },
  make("span", { class: "line" },
    !row.isRead && make("span", { class: "dot", title: "Unread" }, make("span", { class: "unseen", text: "Unread. " })),
    make("span", { class: "clip who", text: who(row) }), moment(row.receivedDateTime)),
  make("span", { class: "line" },
    row.isDraft && make("span", { class: "state", data: { mood: "wait" }, text: "Draft" }),
    row.importance === "high" && make("span", { class: "state", data: { mood: "bad" }, text: "High" }),
    make("span", { class: "clip subject", text: subject }), row.hasAttachments && icon("clip", "Has attachments")),
  make("span", { class: "clip quiet preview", text: row.bodyPreview || " " }),
  row.categories.length ? make("span", { class: "chips" }, ...row.categories.map(chip)) : null);
  const fold = folded
    ? make("button", {
      type: "button", class: "plain fold", tabindex: "-1", "aria-expanded": String(unfolded), "data-part": "fold",
      "aria-label": `${folded + 1} messages in this conversation`, title: `${folded + 1} messages`,
    }, icon(unfolded ? "open" : "closed"), make("span", { text: String(folded + 1) }))
    : null;
  redrawn(place, [box, main, ...(fold ? [fold] : [])]);
}

/** Draws the rows; what is there stays, with its focus. */
export function drawRows() {
  const list = by("messages");
  const shown = arranged();
  const current = list.contains(document.activeElement) ? document.activeElement.closest("li")?.dataset.id : null;
  const reachable = [current, mail.open, shown[0]?.row.id].find((id) => id && shown.some((one) => one.row.id === id));
  // A row is drawn again when the colours of its categories change.
  const colors = master.map((one) => `${one.displayName}:${one.color}`).join();
  keyed(list, shown.map((one) => ({
    ...one, selected: mail.selected.has(one.row.id), open: one.row.id === mail.open, reachable: one.row.id === reachable,
    colors: one.row.categories.length ? colors : "", folder: mail.folder?.id,
  })), (one) => one.row.id, draw);
  by("more").hidden = !mail.more;
  const count = mail.folder?.totalItemCount ?? 0;
  by("mail-count").textContent = mail.selected.size > 1 ? `${mail.selected.size} selected` : `${count} ${count === 1 ? "message" : "messages"}`;
}

const ids = () => arranged().map((one) => one.row.id);

/** Selects all between the anchor and a row. */
function range(id) {
  const all = ids();
  const [from, to] = [all.indexOf(mail.anchor ?? mail.open ?? id), all.indexOf(id)].sort((a, b) => a - b);
  mail.selected = new Set(all.slice(Math.max(0, from), to + 1));
}

function toggle(id) {
  if (!mail.selected.size && mail.open && mail.open !== id && ids().includes(mail.open)) mail.selected.add(mail.open);
  if (!mail.selected.delete(id)) mail.selected.add(id);
  mail.anchor = id;
}

/** Moves the focus to a row and opens it, or widens the selection. */
function step(event, id) {
  const all = ids();
  const at = all.indexOf(id);
  const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: all.length - 1 }[event.key];
  const next = all[Math.max(0, Math.min(all.length - 1, to))];
  mail.anchor ??= id;
  if (event.shiftKey) {
    range(next);
    heard.selected();
  } else {
    mail.selected.clear();
    mail.anchor = next;
    heard.opened(next, false);
  }
  const row = [...by("messages").children].find((one) => one.dataset.id === next);
  row?.querySelector(".message").focus();
  drawRows();
}

function pressed(event) {
  const id = event.target.closest("li")?.dataset.id;
  if (!id || !event.target.closest(".message")) return;
  const menu = event.key === "ContextMenu" || (event.key === "F10" && event.shiftKey);
  if (["ArrowDown", "ArrowUp", "Home", "End"].includes(event.key)) step(event, id);
  else if (event.key === "x" && !event.ctrlKey && !event.metaKey) {
    toggle(id);
    heard.selected();
  } else if (event.key === "a" && (event.ctrlKey || event.metaKey)) {
    mail.selected = new Set(ids());
    heard.selected();
  } else if (event.key === "Delete") heard.deleted(id);
  else if (event.key === "Escape" && mail.selected.size) {
    mail.selected.clear();
    heard.selected();
  } else if ((event.key === "ArrowRight" || event.key === "ArrowLeft") && mail.grouped) {
    unfold(id, event.key === "ArrowRight");
  } else if (menu) heard.menu(id, event.target);
  else return;
  event.preventDefault();
}

function unfold(id, on) {
  const conversation = mail.rows.find((row) => row.id === id)?.conversationId;
  const wanted = on ?? !mail.unfolded.has(conversation);
  if (wanted) mail.unfolded.add(conversation);
  else mail.unfolded.delete(conversation);
  drawRows();
}

function clicked(event) {
  const id = event.target.closest("li")?.dataset.id;
  if (!id) return;
  if (event.target.closest(".fold")) {
    unfold(id);
  } else if (event.target.matches("input") || event.ctrlKey || event.metaKey) {
    toggle(id);
    heard.selected();
  } else if (event.shiftKey) {
    range(id);
    heard.selected();
  } else if (event.target.closest(".message")) {
    mail.selected.clear();
    mail.anchor = id;
    heard.opened(id, true);
  }
}

/**
 * Listens to the list.
 * @param {{opened: Function, selected: Function, deleted: Function, menu: Function}} listeners
 */
export function onList(listeners) {
  heard = listeners;
  const list = by("messages");
  list.addEventListener("click", clicked);
  list.addEventListener("keydown", pressed);
  list.addEventListener("contextmenu", (event) => {
    const id = event.target.closest("li")?.dataset.id;
    if (!id) return;
    event.preventDefault();
    // A menu that the keyboard asked for has no place of its own.
    const point = event.button === 2 ? { x: event.clientX, y: event.clientY } : undefined;
    heard.menu(id, event.target.closest("li").querySelector(".message"), point);
  });
}
