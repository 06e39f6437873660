// The list of what a mailbox holds.

import { by, keyed, make, moment, stateBadge } from "/assets/common/dom.js";

/** How the lists are read out, and what stands there while they are empty. */
const LISTS = {
  email: ["Messages, newest first", "No mail. Drop .eml or .mbox files here, or import them."],
  appointment: ["Calendar, by start", "No appointments. Drop .ics files here, or import them."],
  task: ["Tasks", "No tasks. Make one in the Outlook pages."],
};

/** What is chosen: whose mailbox, which kind of entry, and which entry. */
export const chosen = { mailbox: "", kind: "email", item: "" };

let entries = [];
let mailboxes = "";
let changed = () => {};

/** Listens to the list's controls; `look` is called when the choice has changed. */
export function startMailbox(look) {
  changed = look;
  by("mailbox").addEventListener("change", (event) => chooseMailbox(event.target.value));
  by("kinds").addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (button && button.dataset.kind !== chosen.kind) chooseKind(button.dataset.kind);
  });
  by("list").addEventListener("keydown", walk);
}

function chooseMailbox(address) {
  Object.assign(chosen, { mailbox: address, item: "" });
  by("list").replaceChildren();
  changed();
}

/** Shows mail, calendar or tasks. */
export function chooseKind(kind) {
  Object.assign(chosen, { kind, item: "" });
  for (const one of by("kinds").children) one.setAttribute("aria-pressed", String(one.dataset.kind === kind));
  by("list").setAttribute("aria-label", LISTS[kind][0]);
  by("list").scrollTop = 0;
  drawList();
  changed();
}

/** Shows one entry in the reading pane. */
export async function select(id) {
  chosen.item = id;
  markSelected();
  await changed();
}

/** The entries of the mailbox as they were last seen. */
export const allEntries = () => entries;

/** Draws the mailboxes to choose from and the entries of the chosen one. */
export function drawMailbox(state) {
  chosen.mailbox = state.mailbox ?? "";
  drawMailboxes(state.mailboxes);
  entries = state.entries;
  drawList();
}

function drawMailboxes(all) {
  const text = JSON.stringify([all, chosen.mailbox]);
  if (text === mailboxes) return;
  mailboxes = text;
  by("mailbox").replaceChildren(...all.map((one) => {
    const words = one.kind === "queue" ? `${one.address} (queue)` : one.address;
    return make("option", { value: one.address, text: words, selected: one.address === chosen.mailbox });
  }));
}

function drawList() {
  for (const button of by("kinds").children) {
    const count = entries.filter((entry) => entry.kind === button.dataset.kind).length;
    button.querySelector(".count").textContent = count;
  }
  const wanted = entries.filter((entry) => entry.kind === chosen.kind);
  keyed(by("list"), wanted, (entry) => entry.id, drawRow);
  by("list-empty").hidden = wanted.length > 0;
  by("list-empty").textContent = LISTS[chosen.kind][1];
  markSelected();
}

function markSelected() {
  for (const item of by("list").children) {
    item.firstElementChild.setAttribute("aria-current", String(item.dataset.key === chosen.item));
  }
}

function drawRow(item, entry) {
  let button = item.firstElementChild;
  if (!button) {
    button = make("button", { type: "button", class: "row" }, make("span"), make("span"), make("span"));
    button.addEventListener("click", () => select(item.dataset.key));
    item.append(button);
  }
  const [first, second, third] = button.children;
  const weight = entry.isUnread ? "clip unread" : "clip";
  const unread = entry.isUnread ? make("span", { class: "unseen", text: "Unread: " }) : "";
  first.replaceChildren(make("span", { class: weight }, unread, entry.lead), moment(entry.when));
  second.replaceChildren(make("span", { class: weight, text: entry.subject || "(no subject)" }));
  if (entry.hasAttachments) second.append(make("span", { class: "quiet", text: "file" }));
  const marks = make("span", { class: "clip" }, ...chipsOf(entry.categories));
  third.replaceChildren(marks, entry.state ? stateBadge(entry.state) : "");
}

/** The categories of an entry. */
export const chipsOf = (categories) => categories.map((text) => make("span", { class: "chip", text }));

function walk(event) {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step) return;
  const rows = [...by("list").querySelectorAll(".row")];
  const at = rows.indexOf(document.activeElement);
  const next = rows[Math.min(rows.length - 1, Math.max(0, at + step))];
  if (!next) return;
  event.preventDefault();
  next.focus();
  next.click();
}
