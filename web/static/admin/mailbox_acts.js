// What can be done with a mailbox, for one and for many.

import { post } from "./session.js";
import { CHANNELS, outcome } from "./mailbox_state.js";

/**
 * @typedef {object} Act
 * @property {string} label the name of the button
 * @property {(address: string, signal?: AbortSignal) => Promise<string>} run answers what happened
 * @property {string[]} [warning] what to say before it is done
 * @property {(mailbox: any) => boolean} fits whether it makes sense for a mailbox
 */

/** @type {Act[]} */
export const ACTS = [
  { label: "Approve", fits: (mailbox) => !mailbox.enabled, run: act("approve", () => "approved") },
  {
    label: "Reject",
    fits: () => true,
    warning: ["The mailbox is not served any more. What is tracked stays."],
    run: act("reject", () => "rejected"),
  },
  { label: "Test & enable", fits: () => true, run: test(false) },
  { label: "Sync now", fits: (mailbox) => mailbox.enabled && !mailbox.paused, run: act("sync", synced, { wait: true }) },
  { label: "Pause", fits: (mailbox) => mailbox.enabled && !mailbox.paused, run: act("pause", () => "paused") },
  { label: "Resume", fits: (mailbox) => mailbox.paused, run: act("resume", () => "resumed, due at once") },
  {
    label: "Disable",
    fits: (mailbox) => mailbox.enabled,
    warning: ["The mailbox is not served any more. What is tracked stays."],
    run: act("disable", () => "disabled"),
  },
];

/** Takes a mailbox over from the organization that serves it. */
export const TAKE_OVER = {
  label: "Take over",
  fits: (mailbox) => CHANNELS.some(([name]) => mailbox.test[name].cause === "another_organization"),
  warning: ["The mailbox belongs to another organization, which then stops to synchronize it."],
  run: test(true),
};

function act(verb, tell, body) {
  return async (address, signal) => tell(await post(`/mailboxes/${encodeURIComponent(address)}/${verb}`, body, signal));
}

function test(takeOver) {
  return act("test", tested, { wait: true, takeOver });
}

function tested(mailbox) {
  const told = CHANNELS.filter(([name]) => mailbox.test[name].cause !== "never_sent").map(([name, title]) => {
    const channel = mailbox.test[name];
    return `${title}: ${outcome(channel)[1]}${channel.explanation ? ` (${channel.explanation})` : ""}`;
  });
  return `${mailbox.enabled ? "enabled" : "not enabled"}. ${told.join("; ")}`;
}

function synced(report) {
  if (report.failure) throw new Error(report.failure);
  const unreadable = report.unreadable?.length ? `; not readable: ${report.unreadable.join(", ")}` : "";
  return `looked at ${report.lookedAt ?? 0}, tracked ${report.tracked ?? 0}, untracked ${report.untracked ?? 0}, failed ${report.failed ?? 0}, held ${report.held ?? 0}${unreadable}`;
}
