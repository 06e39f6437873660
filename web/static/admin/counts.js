// The figures of the overview, and items grouped by why they fail.

import { api } from "./session.js";

/** The states in which items that failed are found. */
export const FAILING = ["retrying", "undeliverable", "not_tracked"];

/** The reason that makes an item of such a state one that failed: a refusal for good leaves it as if it had never been tracked. */
export const reasonOf = (state) => (state === "not_tracked" ? "refused_for_good" : undefined);

/** The server's own count, with what is open, what is held, and whether the category tracks. */
export async function figures(signal) {
  const [overview, alerts, held, setting] = await Promise.all([
    api("/overview", { signal }), api("/alerts?state=open", { signal }), api("/held", { signal }),
    api("/settings/TrackCategorizedItems", { signal }),
  ]);
  return { ...overview, alerts: alerts.items, held: byMailbox(held.items), isTracking: setting.effective === true };
}

/** Items grouped by why they fail, the commonest cause first. */
export function causes(items) {
  const groups = [...Map.groupBy(items, ({ reason }) => reason)].map(([reason, all]) => {
    const times = all.map(({ changedAt }) => changedAt).sort();
    const mailboxes = new Set(all.map(({ mailbox }) => mailbox)).size;
    return { reason, items: all.length, mailboxes, firstAt: times[0], lastAt: times.at(-1), all };
  });
  return groups.sort((one, other) => other.items - one.items || one.reason.localeCompare(other.reason));
}

/** Held decisions, those of one mailbox and reason together. */
function byMailbox(decisions) {
  return [...Map.groupBy(decisions, ({ mailbox, reason }) => `${mailbox} ${reason}`).values()].map((all) => ({
    ...all[0],
    since: all.map(({ heldSince }) => heldSince).sort()[0],
    items: all.length,
  }));
}
