// An item's history, what the last decision was made on, and what comes next, as one line of time.

import { make } from "/assets/common/dom.js";
import { between, helpOf, instant, plain, when } from "./words.js";

const ACTORS = {
  administrator: "an administrator", person: "a person", copy: "another recipient's copy",
  mailbox: "somebody in the mailbox", crm: "somebody in the CRM", service: "Earmark",
};

const SIDES = {
  not_linked: "is not linked to a record", linked: "is linked to a record", record_deleted: "had a record that was deleted",
};

/** The parts of the story: what happened, how it stands, what is next. */
export function story(history, explanation) {
  return [make("ol", { class: "story" },
    ...history.map((entry, index) => told(entry, history[index - 1])),
    now(explanation),
    explanation.nextAttempt && make("li", { data: { part: "next" } },
      make("p", {}, make("strong", { text: "Next attempt " }), when(explanation.nextAttempt)),
      make("p", { class: "quiet", text: "Retry now does not wait for it." }))),
  history.length === 0 && make("p", { class: "quiet", text: "What happened before is older than the history that is kept." })];
}

function told({ at, event, reason, explanation, actor, trigger, detail }, before) {
  return make("li", { data: { part: /retrying|undeliverable/.test(event) ? "bad" : "past" } },
    make("p", {}, instant(at), " ", make("strong", { text: plain(event) }), actor && ` by ${who(actor)}`,
      trigger && make("span", { class: "quiet", text: ` (${[before && `${between(before.at, at)} later`, `through ${plain(trigger)}`].filter(Boolean).join(", ")})` })),
    make("p", { text: explanation ?? plain(reason) }),
    detail && make("p", {}, make("code", { text: detail })));
}

function who(actor) {
  const [word, id] = actor.split(" ");
  const name = word === "user" ? "the user" : word === "automatic" ? "the automatic filter of" : ACTORS[word] ?? word;
  return id ? `${name} ${id}` : name;
}

function now({ state, reason, explanation, facts }) {
  return make("li", { data: { part: "now" } },
    make("p", {}, make("strong", { text: `Now: ${plain(state)}` }), " ",
      make("a", { href: helpOf(reason) }, make("code", { text: reason }))),
    make("p", { text: explanation }),
    facts.lastFailure && make("p", { class: "bad" }, "Last failure: ", failure(facts.lastFailure)),
    make("details", { open: true }, make("summary", { text: "What this was decided on" }),
      make("ul", { class: "lines" }, ...inputs(facts).map((line) => make("li", {}, ...line)))),
    make("details", {}, make("summary", { text: "The same as data" }),
      make("pre", { tabindex: "0", text: JSON.stringify(facts, null, 2) })));
}

const failure = ({ class: name, code, detail }) => make("span", {}, `${plain(name)} (`, make("code", { text: code }), `): ${detail}`);

function inputs(facts) {
  const request = facts.request;
  return [
    ["It ", make("strong", { text: facts.baseline === 1 ? "was tracked" : "was not tracked" }), " when both sides were last seen to agree."],
    ["In the CRM it ", make("strong", { text: SIDES[facts.crmSide] ?? plain(facts.crmSide) }), "."],
    ["The tracking category of the mailbox is ", make("strong", { text: facts.categoryName ?? "not known yet" }),
      facts.confirmedName && facts.confirmedName !== facts.categoryName ? `; the item was last seen with “${facts.confirmedName}”.` : "."],
    request
      ? ["A wish to ", make("strong", { text: request.wish }), ` waits, of ${request.by}, since `, instant(request.at), "."]
      : ["No wish of a person waits."],
    facts.direction && [`Its direction is ${plain(facts.direction)}.`],
    facts.owesCategory && ["The record is there; the category is still to be put on."],
    facts.ignored && ["It bore the category before it could count, so it is left alone."],
    facts.uncategorized && ["It lost its category while tracking was switched off."],
    facts.undeliverableMark !== "none" && [`Its mark “Undeliverable” is ${plain(facts.undeliverableMark)}.`],
    facts.attempts > 0 && [`Failed attempts so far: ${facts.attempts}.`],
    facts.notBefore && ["It is not tried before ", instant(facts.notBefore), "."],
    facts.linkedAt && ["Linked ", instant(facts.linkedAt), "."],
    facts.mailboxLastSweptAt && ["The whole mailbox was last looked at ", instant(facts.mailboxLastSweptAt), "."],
    facts.mailboxUnsettledUntil && ["Removals of the category wait until ", instant(facts.mailboxUnsettledUntil), "."],
    facts.mailboxLastFailure && ["The mailbox's last failure: ", failure(facts.mailboxLastFailure), "."],
  ].filter(Boolean);
}
