// How a mailbox stands, in one word, and what to do about it.

/** How mailboxes stand, as the server counts and filters them. */
export const GROUPS = [
  ["ok", "OK"],
  ["failing", "Failing"],
  ["paused", "Paused"],
  ["not_enabled", "Not enabled"],
];

/** The channels of a mailbox, by the names that people know. */
export const CHANNELS = [
  ["incoming", "Incoming mail"],
  ["outgoing", "Outgoing mail"],
  ["act", "Appointments, contacts, tasks"],
];

const OUTCOMES = { success: ["good", "success"], failure: ["bad", "failure"], not_run: ["none", "not run"] };

/** The sign and the word for a channel's last test. */
export const outcome = (channel) => OUTCOMES[channel?.status] ?? ["none", "unknown"];

/**
 * How a mailbox stands.
 * @returns {{mood: string, word: string, advice: string}}
 */
export function standing(mailbox) {
  const failed = CHANNELS.map(([name]) => mailbox.test[name]).find((channel) => channel.status === "failure");
  if (!mailbox.enabled) {
    const word = mailbox.test.scheduled ? "testing" : "not enabled";
    return { mood: "none", word, advice: notEnabled(mailbox, failed) };
  }
  if (mailbox.paused) {
    return { mood: "wait", word: "paused", advice: "Nothing in it is looked at. Resume it to go on." };
  }
  if (mailbox.circuitOpen) {
    const advice = "It failed several times in a row, so it is only probed now and then. It goes on by itself once it answers; the failure's code says what to look at.";
    return { mood: "bad", word: "stopped", advice };
  }
  if (mailbox.failureCode || mailbox.problem) {
    const advice = "The last cycle failed. It is repeated by itself; if it stays so, look at the failure's code.";
    return { mood: "bad", word: "failing", advice };
  }
  if (failed) {
    return { mood: "bad", word: "test failed", advice: `${failed.explanation ?? ""} ${failed.remedy ?? ""}`.trim() };
  }
  if (!mailbox.lastSuccess) {
    return { mood: "wait", word: "starting", advice: "Its first cycle is still to come; nothing has to be done." };
  }
  const advice = mailbox.pushFailureCode
    ? "Nothing has to be done. Notifications cannot be asked for, so changes are seen in the regular cycle."
    : "Nothing has to be done.";
  return { mood: "good", word: "ok", advice };
}

/** Whether the address is approved, as far as it is known. */
export function approval(mailbox) {
  if (mailbox.approval) return mailbox.approval.replaceAll("_", " ");
  const channels = CHANNELS.map(([name]) => mailbox.test[name]);
  if (channels.some((channel) => channel.cause === "not_approved")) return "not approved";
  return mailbox.enabled ? "approved" : "not known";
}

function notEnabled(mailbox, failed) {
  const why = failed ?? CHANNELS.map(([name]) => mailbox.test[name]).find((channel) => channel.cause === "not_approved");
  if (mailbox.test.scheduled) return "A test is under way.";
  if (why) return `${why.explanation ?? ""} ${why.remedy ?? ""}`.trim();
  return "It is not served. Test and enable it to serve it, or leave it.";
}
