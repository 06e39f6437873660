// Endings of tracking that wait for a person, or for their time.

import { make, moment, say } from "/assets/common/dom.js";
import { confirmed } from "./dialog.js";
import { button } from "./parts.js";
import { href } from "./place.js";
import { post } from "./session.js";
import { counted, helpOf } from "./words.js";

/** What each order does, in words. */
const ORDERS = {
  release: { verb: "Untrack them", lines: ["What is held is carried out as far as it still holds: the items are not tracked any more. The records stay."] },
  discard: { verb: "Leave them tracked", lines: ["What is held is dropped: the items stay tracked."] },
};

/** The notice about what is held in a mailbox, with both answers. */
export function heldNotice({ mailbox, reason, explanation, since, items }, again) {
  return make("div", { class: "notice", data: { mood: "wait" } },
    make("p", {}, make("strong", { text: `${counted(items, "ending")} of tracking held` }), " in ",
      make("a", { href: href("items", "", { mailbox, state: "held" }), text: mailbox }), since && " since ", since && moment(since)),
    make("p", {}, explanation ?? "", " ", make("a", { href: helpOf(reason), text: "Help" })),
    heldButtons(mailbox, again));
}

/** The two answers about what is held in a mailbox. */
export function heldButtons(mailbox, again) {
  return make("p", { class: "actions" }, ...Object.entries(ORDERS).map(([order, { verb, lines }]) =>
    button(verb, async () => {
      if (!await confirmed(`${verb}, in ${mailbox}?`, lines, verb, order === "release")) return;
      const { count } = await post(`/held/${encodeURIComponent(mailbox)}/${order}`);
      say(`${verb}: ${counted(count, "item")}.`, true);
      await again();
    }, { class: order === "release" ? "danger" : "" })));
}
