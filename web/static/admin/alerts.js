// What people should know: alerts by state and level, and what can be said to them.

import { keyed, make, moment, say } from "/assets/common/dom.js";
import { heldButtons } from "./held.js";
import { heldMeetings } from "./meetings.js";
import { button, choice, field, fill, mark, nothing } from "./parts.js";
import { href, refine } from "./place.js";
import { api, post, withQuery } from "./session.js";
import { capital } from "./words.js";

const LEVELS = { error: "bad", warning: "wait", information: "none" };
const STATES = [["", "Open"], ["acknowledged", "Acknowledged"], ["resolved", "Resolved"], ["any", "All"]];

/** The page of alerts. */
export function openAlerts(_, again) {
  const state = choice(STATES, "", (value) => refine({ state: value, cursor: "" }));
  const level = choice([["", "All levels"], ...Object.keys(LEVELS).map((word) => [word, capital(word)])], "", (value) => refine({ level: value, cursor: "" }));
  const about = make("p", { class: "actions" });
  const list = make("ul", { class: "stack" });
  const foot = make("div");
  const content = make("div", { class: "page" },
    make("div", { class: "filters" }, field("State", state), field("Level", level)), about, list, foot);
  return {
    title: "Alerts",
    content,
    isLive: true,
    async load({ query }, signal) {
      state.value = query.state ?? "";
      level.value = query.level ?? "";
      const word = query.state === "any" ? "" : query.state || "open";
      const { mailbox, code, cursor } = query;
      const answer = await api(withQuery("/alerts", { state: word, level: query.level, mailbox, code, cursor }), { signal });
      fill(about, [mailbox, code], () => [
        mailbox && make("span", { text: `Only about ${mailbox}` }), code && make("span", { text: `Only ${code}` }),
        (mailbox || code) && button("Show all", () => refine({ mailbox: "", code: "", cursor: "" })),
      ]);
      keyed(list, answer.items, ({ id }) => id, (element, alert) => drawAlert(element, alert, again));
      fill(foot, [answer.items.length === 0, answer.next, query], () => below(answer, query));
    },
  };
}

function drawAlert(element, alert, again) {
  const set = (verb, told) => button(capital(verb === "ack" ? "acknowledge" : verb), async () => {
    await post(`/alerts/${alert.id}/${verb}`);
    say(told, true);
    await again();
  });
  element.className = "card";
  element.replaceChildren(...[
    make("p", {}, mark(LEVELS[alert.level], alert.level), " ", make("code", { text: alert.code }), " ",
      make("span", { class: "quiet", text: `number ${alert.number}, ${alert.state}` })),
    make("p", { text: alert.text }),
    make("p", { class: "quiet" },
      alert.mailbox && make("a", { class: "row", href: href("mailboxes", alert.mailbox), text: alert.mailbox }), alert.mailbox && ", ",
      alert.count > 1 ? `${alert.count} times, first ` : "", moment(alert.raisedAt), alert.count > 1 && ", last ", alert.count > 1 && moment(alert.lastAt),
      alert.outcome && `. Outcome: ${alert.outcome}`, alert.permanent ? ". It ends only when somebody acts." : ""),
    alert.state !== "resolved" && answers(alert, again),
    make("p", { class: "actions" },
      alert.state === "open" && set("ack", "The alert is acknowledged."),
      alert.state !== "resolved" && set("resolve", "The alert is resolved. A cause that lasts raises another one.")),
  ].filter(Boolean));
}

/** Alerts that ask something are answered where they are read. */
function answers(alert, again) {
  if (!alert.mailbox) return null;
  if (alert.code === "tracking_held") return heldButtons(alert.mailbox, again);
  if (alert.code === "meeting_update_held") return heldMeetings(alert.mailbox);
  if (alert.code.startsWith("item_") || alert.code === "attempt_failed") {
    return make("p", {}, make("a", { href: href("failures"), text: "To the failures" }));
  }
  return null;
}

function below({ items, next }, query) {
  if (!items.length && !query.cursor) {
    const isOpen = !query.state && !query.level && !query.mailbox;
    return [nothing(isOpen ? "No alert is open. Nothing has to be done." : "No alert fits the filters.")];
  }
  return [make("nav", { class: "actions", "aria-label": "Pages of the list" },
    query.cursor && make("a", { class: "step", href: href("alerts", "", { ...query, cursor: "" }), text: "Newest" }),
    next && make("a", { class: "step", href: href("alerts", "", { ...query, cursor: next }), text: "Older" }))];
}
