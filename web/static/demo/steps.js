// The steps of the tour: what each asks for, where that is, and when it is done.

import { by } from "/assets/common/dom.js";
import { allEntries, chooseKind, chosen, select } from "./mailbox.js";

/** What has been done so far. */
export const done = { tracked: false, paneOpened: false, removed: false, failed: false, undeliverable: false, mended: false };

/** The entries that were seen tracked and those that were given up. */
const tracked = new Set();
const givenUp = new Set();

/** The names of the organization's own people, as far as their addresses tell. */
function ownNames(state) {
  return new Set(state.mailboxes.map((one) => one.address.split("@")[0].replaceAll(".", " ").toLowerCase()));
}

/** A message from outside that nobody has tracked yet; rather an unread one. */
function candidate({ state }) {
  const own = ownNames(state);
  const fit = allEntries().filter((entry) => entry.kind === "email" && !entry.state
    && !entry.categories.includes(state.trackedName) && !own.has(entry.lead.toLowerCase()));
  return fit.find((entry) => entry.isUnread) ?? fit[0];
}

async function selectCandidate(now) {
  const entry = candidate(now);
  if (!entry) return;
  if (chosen.kind !== "email") chooseKind("email");
  rowOf(entry)?.scrollIntoView({ block: "nearest" });
  await select(entry.id);
  by("assign").focus();
}

function rowOf(entry) {
  return entry ? [...by("list").children].find((item) => item.dataset.key === entry.id) ?? null : null;
}

/** The row to choose, or the button to press once it is chosen. */
function rowOrAssign(now) {
  const isReady = now.entry && !now.entry.isAssigned;
  return isReady ? by("assign") : rowOf(candidate(now));
}

const noMail = "There is no fitting message left in this mailbox: choose another one, or import some.";

/**
 * @typedef {object} Step
 * @property {string} title
 * @property {(now: object) => string} text
 * @property {(now: object) => {words: string, isDone: boolean}[]} parts what is to be done
 * @property {(now: object) => object} [action] a shortcut to it
 * @property {(now: object) => Element|null} target where it is
 * @property {(now: object) => void} look notices what has been done
 */

/** @type {Step[]} */
export const steps = [
  {
    title: "Track a message",
    text: (now) => (candidate(now) || done.tracked
      ? "Pick the marked message from a customer and assign the category. Its record slides into the CRM timeline. Without notifications of the mailbox server it would come with the next regular cycle."
      : noMail),
    parts: () => [{ words: "The message is tracked", isDone: done.tracked }],
    action: (now) => (candidate(now) ? { words: "Pick the message", run: () => selectCandidate(now) } : null),
    target: (now) => (done.tracked ? null : rowOrAssign(now)),
    look({ entry }) {
      if (entry?.state !== "tracked" || !entry.isAssigned) return;
      tracked.add(entry.id);
      done.tracked = true;
    },
  },
  {
    title: "Open the add-in pane",
    text: () => "The Outlook pages show the same mailbox with the add-in's pane beside the message: there you see what it resolved to and set what it is about.",
    parts: () => [{ words: "The Outlook pages were opened", isDone: done.paneOpened }],
    action: () => ({ words: "Open the Outlook pages", href: "/outlook/", wasUsed: () => { done.paneOpened = true; } }),
    target: () => null,
    look() {},
  },
  {
    title: "Remove the category",
    text: () => "Take the category off again: the link ends, and the record stays in the CRM.",
    parts: () => [{ words: "The category is off, the record stays", isDone: done.removed }],
    target: (now) => (now.entry?.isAssigned && !done.removed ? by("remove") : null),
    look({ entry }) {
      if (entry && tracked.has(entry.id) && !entry.isAssigned) done.removed = true;
    },
  },
  {
    title: "Make it fail",
    text: ({ failure }) => (failure.isOffered
      ? "Switch the failure on, assign the category to another message and run its attempts until it is undeliverable. Then switch the failure off and assign the category again."
      : "This server does not offer to fail on purpose. In production a failed message is tried again in each cycle, and after the last attempt it gets the category “Undeliverable”."),
    parts: ({ failure }) => (failure.isOffered ? [
      { words: "A message failed", isDone: done.failed },
      { words: "It became undeliverable", isDone: done.undeliverable },
      { words: "Mended and tracked", isDone: done.mended },
    ] : []),
    action: (now) => (now.failure.isOffered && candidate(now) ? { words: "Pick a message", run: () => selectCandidate(now) } : null),
    target: fourthTarget,
    look({ entry, failure }) {
      if (entry?.state === "retrying") done.failed = true;
      if (entry?.state === "undeliverable") {
        done.undeliverable = true;
        givenUp.add(entry.id);
      }
      if (entry?.state === "tracked" && givenUp.has(entry.id) && !failure.isOn) done.mended = true;
    },
  },
];

function fourthTarget(now) {
  if (!now.failure.isOffered || done.mended) return null;
  if (done.undeliverable) return now.failure.isOn ? by("fail") : by("assign");
  if (!now.failure.isOn) return by("fail");
  return by("hurry").hidden ? rowOrAssign(now) : by("hurry");
}
