// What happens to each item, in one line: detected, created, linked, and how long each step took.

import { by, keyed, make, moment } from "/assets/common/dom.js";
import { allEntries } from "./mailbox.js";
import { ask, isUnknown } from "./server.js";

/** Units: lines that are kept. */
const CHAINS_MAX = 40;

/** Units: milliseconds of silence after which an item begins a new line. */
const PAUSE_MS = 60_000;

/** Units: steps of one line. */
const STEPS_MAX = 12;

/** Events that begin a new line. */
const BEGINNINGS = new Set(["category assigned", "category removed"]);

/** How good each event is. The word stands in the badge. */
const MOODS = {
  created: "good",
  linked: "good",
  tracked: "good",
  failed: "bad",
  refused: "bad",
  undeliverable: "bad",
  retrying: "wait",
  pending: "wait",
  held: "wait",
};

let after = 0;
let isOffered = true;
let chains = [];

/** Reads the events since the last time and draws them. A server without events is left alone. */
export async function lookForEvents() {
  if (!isOffered) return;
  try {
    const answer = await ask(`events?after=${after}`);
    // A server that was started anew counts from the beginning.
    if (answer.next < after) chains = [];
    after = answer.next;
    for (const event of answer.events) place(event);
    draw();
  } catch (error) {
    if (isUnknown(error)) isOffered = false;
    else refused(error);
  }
}

/** The rest of the page goes on without the events; the next look asks for them again. */
function refused(error) {
  by("events-empty").hidden = false;
  by("events-empty").textContent = `The events cannot be read: ${error.message} (${error.code ?? "no answer"})`;
}

/** Puts what somebody did on this page before what followed from it. */
export function tellDeed(mailbox, itemId, at, isAssigned) {
  const event = isAssigned ? "category assigned" : "category removed";
  place({ number: `deed ${at}`, at, mailbox, itemId, event, reason: "", explanation: "" });
  draw();
}

function place(event) {
  const at = new Date(event.at).getTime();
  const old = chains.find((chain) => chain.mailbox === event.mailbox && chain.itemId === event.itemId);
  const isNew = !old || at - old.last > PAUSE_MS || old.steps.length >= STEPS_MAX || BEGINNINGS.has(event.event);
  const chain = isNew
    ? { key: event.number, mailbox: event.mailbox, itemId: event.itemId, first: at, steps: [] }
    : old;
  chain.subject = subjectOf(event) || chain.subject || old?.subject || "";
  chain.steps.push({ name: event.event, reason: event.reason, explanation: event.explanation, ms: isNew ? null : at - chain.last });
  chain.last = at;
  chain.at = event.at;
  if (isNew) chains = [chain, ...chains].slice(0, CHAINS_MAX);
}

/** The subject, where the item is one of those that are shown. */
const subjectOf = ({ itemId }) => allEntries().find((entry) => entry.id === itemId)?.subject ?? "";

function draw() {
  const known = new Set([...by("events").children].map((line) => line.dataset.key));
  keyed(by("events"), chains, (chain) => chain.key, (line, chain) => {
    line.className = known.has(String(chain.key)) ? "chain" : "chain fresh";
    drawChain(line, chain);
  });
  by("events-empty").hidden = chains.length > 0;
  by("events-empty").textContent = "What happens to an item shows up here, with the time that each step took.";
}

function drawChain(line, chain) {
  const last = chain.steps.at(-1);
  const total = chain.last - chain.first;
  line.replaceChildren(
    moment(chain.at),
    make("span", { class: "clip item", text: chain.subject || chain.mailbox }),
    make("span", { class: "steps" }, ...chain.steps.flatMap(stepParts), chain.steps.length > 1 ? make("strong", { text: ` ${total} ms` }) : ""),
    make("span", { class: "clip quiet", title: last.explanation ?? "", text: last.explanation || last.reason || "" }),
  );
}

function stepParts(step, index) {
  const words = String(step.name).replaceAll("_", " ");
  const badge = make("span", { class: "state", text: words, title: step.explanation ?? "", data: { mood: MOODS[step.name] ?? "none" } });
  if (index === 0) return [badge];
  return [make("span", { class: "quiet", text: ` → ${step.ms > 0 ? step.ms : "<1"} ms ` }), badge];
}
