// Meetings that were changed in the CRM and wait for an answer before their attendees are told.

import { make, say } from "/assets/common/dom.js";
import { button } from "./parts.js";
import { href } from "./place.js";
import { api, post, withQuery } from "./session.js";
import { plain } from "./words.js";

/** Units: pages of 100 items that are looked through. */
const PAGES_MAX = 10;

/** A button that finds the meetings of a mailbox, each then with its Yes and its No. */
export function heldMeetings(mailbox) {
  const list = make("ul", { class: "lines" });
  const note = make("p", { role: "status" });
  const find = button("Which meetings?", async () => {
    note.textContent = "Looking…";
    const found = await waiting(mailbox);
    note.textContent = found.length ? "" : "No meeting waits for an answer any more.";
    list.replaceChildren(...found.map((item) => meeting(item)));
  });
  return make("div", { class: "stack" }, make("p", { class: "actions" }, find), note, list);
}

/** Answers whether the change of a meeting is written; answers what became of it, in words. */
export async function answerMeeting({ mailbox, graphId }, yes) {
  const items = [{ itemId: graphId, idFormat: "restImmutableEntryId" }];
  const [answer] = (await post("/items/answer", { mailbox, items, yes })).items;
  if (answer.error) throw new Error(answer.error);
  const done = yes ? "The change is written, and the attendees are told" : "The meeting is left as it is";
  return `${done}; the item is ${plain(answer.state)}.`;
}

async function waiting(mailbox) {
  const found = [];
  let cursor;
  for (let page = 0; page < PAGES_MAX; page += 1) {
    const answer = await api(withQuery("/items", { mailbox, cursor }));
    found.push(...answer.items.filter(({ reason }) => reason === "meeting_update_held"));
    cursor = answer.next;
    if (!cursor) break;
  }
  return found;
}

function meeting(item) {
  const row = make("li", { class: "actions" }, make("a", { class: "row", href: href("items", item.id), text: `Meeting ${item.id}` }));
  const reply = (yes) => async () => {
    const told = await answerMeeting(item, yes);
    row.replaceChildren(told);
    say(told, true);
  };
  row.append(
    button("Yes, tell the attendees", reply(true), { class: "primary", "aria-label": `Meeting ${item.id}: yes, tell the attendees` }),
    button("No, leave it", reply(false), { "aria-label": `Meeting ${item.id}: no, leave it` }));
  return row;
}
