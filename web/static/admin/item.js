// One item: its facts, what a person can do about it, and its story.

import { make, moment, say, stateBadge } from "/assets/common/dom.js";
import { confirmed } from "./dialog.js";
import { answerMeeting } from "./meetings.js";
import { button, copyable, facts, fill, section } from "./parts.js";
import { href } from "./place.js";
import { chooseRegarding, nameOf } from "./regarding.js";
import { api, post } from "./session.js";
import { story } from "./story.js";
import { helpOf, kindWord, plain, ticking, when } from "./words.js";

/** The page of an item. */
export function openItem(id, again) {
  const path = `/items/${encodeURIComponent(id)}`;
  const [head, acts, known, told] = ["div", "div", "div", "div"].map((tag) => make(tag));
  const result = make("p", { class: "notice", data: { mood: "good" }, hidden: true });
  const content = make("div", { class: "page" },
    make("p", {}, make("a", { href: href("items"), text: "All items" })),
    head, acts, result,
    make("div", { class: "columns" }, section("Facts", known), section("The story", told)));
  let item;

  /** Does something about the item and says how it ended. */
  async function tell(act) {
    result.hidden = false;
    try {
      result.textContent = await act();
      result.dataset.mood = "good";
    } catch (error) {
      result.textContent = error.message;
      result.dataset.mood = "bad";
    }
    say(result.textContent, true);
    await again();
  }

  /** Sends a wish about the item. */
  const wish = (verb, what, more = {}) => tell(async () => {
    const items = [{ itemId: item.graphId, idFormat: "restImmutableEntryId" }];
    const [answer] = (await post(`/items/${verb}`, { mailbox: item.mailbox, items, ...more })).items;
    if (answer.error) throw new Error(`${what}: ${answer.error}.`);
    return `${what}: the item is ${plain(answer.state)} now (${plain(answer.reason)}).`;
  });

  const doings = {
    retry: () => wish("retry", "Retry"),
    track: () => wish("track", "Track"),
    async untrack() {
      const lines = ["The category is taken off the item. The record stays in the CRM."];
      if (await confirmed("Untrack the item?", lines, "Untrack", true)) await wish("untrack", "Untrack");
    },
    async regarding() {
      const record = await chooseRegarding();
      if (record) await wish("track", `Regarding ${record.name}`, { regarding: { table: record.table, id: record.id } });
    },
    async unset() {
      const lines = ["The record stays, and is about nothing any more."];
      if (await confirmed("Take the regarding off?", lines, "Take it off", true)) await wish("track", "Take the regarding off", { regarding: null });
    },
    yes: () => tell(() => answerMeeting(item, true)),
    no: () => tell(() => answerMeeting(item, false)),
  };

  return {
    title: `Item ${id}`,
    content,
    isLive: true,
    async load(_, signal) {
      const [shown, explanation, history] = await Promise.all([
        api(path, { signal }), api(`${path}/explain`, { signal }), api(`${path}/history`, { signal }),
      ]);
      item = shown;
      fill(head, [item.state, explanation.explanation], () => [make("div", { class: "card" },
        make("p", {}, stateBadge(item.state), " ", make("strong", { text: kindWord(item.kind) }), " in ", make("a", { href: href("mailboxes", item.mailbox), text: item.mailbox })),
        make("p", {}, explanation.explanation, " ", make("a", { href: helpOf(item.reason), text: `Help about ${plain(item.reason)}` })))]);
      fill(acts, [item.state, item.reason, Boolean(item.activityId), Boolean(item.regarding)], () => [buttons(item, doings)]);
      fill(known, [item, ticking(item.notBefore)], () => [itemFacts(item)]);
      const list = history.items;
      fill(told, [list, explanation, ticking(explanation.nextAttempt)], () => story(list, explanation));
    },
  };
}

function buttons(item, doings) {
  const isTracked = item.state === "tracked";
  const isMeeting = item.reason === "meeting_update_held";
  return make("div", { class: "stack" },
    isMeeting && make("div", { class: "notice", data: { mood: "wait" } },
      make("p", { text: "The record was changed in the CRM. Writing that to the meeting sends its attendees an update. Write it?" }),
      make("p", { class: "actions" }, button("Yes, write it", doings.yes, { class: "primary" }), button("No, leave the meeting", doings.no))),
    make("div", { class: "actions" },
      button("Retry now", doings.retry, { disabled: isTracked, class: ["retrying", "undeliverable"].includes(item.state) ? "primary" : "" }),
      !isTracked && button("Track", doings.track),
      button(item.regarding ? "Change regarding" : "Set regarding", doings.regarding),
      item.regarding && button("Take regarding off", doings.unset),
      item.activityId && button("Untrack", doings.untrack, { class: "danger" })));
}

function itemFacts(item) {
  const { regarding } = item;
  return facts([
    ["Kind", kindWord(item.kind)],
    ["Mailbox", make("a", { href: href("mailboxes", item.mailbox), text: item.mailbox })],
    ["Asked for by", item.origin],
    ["Changed", moment(item.changedAt)],
    ["Attempts", String(item.attempts)],
    ["Not before", item.notBefore && when(item.notBefore)],
    ["About", regarding
      ? make("span", {}, regarding.name ?? nameOf(regarding.id) ?? regarding.table, " ", copyable(regarding.id, "the id of what it is about"))
      : make("span", { class: "quiet", text: "nothing" })],
    ["Record in the CRM", copyable(item.activityId, "the record's id")],
    ["Message-ID", copyable(item.messageId, "the Message-ID")],
    ["Id in the mailbox", copyable(item.graphId, "the id in the mailbox")],
    ["Id here", copyable(item.id, "the id")],
  ]);
}
