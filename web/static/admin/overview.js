// How it goes: figures, guards that wait for a person, the commonest failures, open alerts.

import { make } from "/assets/common/dom.js";
import { figures } from "./counts.js";
import { heldNotice } from "./held.js";
import { GROUPS } from "./mailbox_state.js";
import { fill, mark, section } from "./parts.js";
import { href } from "./place.js";
import { capital, counted, helpOf, plain, ticking, when } from "./words.js";

const MAILBOX_MOODS = { ok: "good", failing: "bad", paused: "wait", not_enabled: "none" };
const ITEM_MOODS = { tracked: "good", pending: "wait", retrying: "wait", undeliverable: "bad", held: "wait" };
const LEVEL_MOODS = { error: "bad", warning: "wait", information: "none" };

/** Units: open alerts that are shown here. */
const ALERTS_MAX = 6;

/** The first page. */
export function openOverview(_, again) {
  const [guards, mailboxes, items, failures, alerts] = Array.from({ length: 5 }, () => make("div"));
  const content = make("div", { class: "page" }, guards,
    section("Mailboxes", mailboxes), section("Items", items),
    make("div", { class: "columns" }, section("Commonest failures", failures), section("Open alerts", alerts)));
  return {
    title: "Overview",
    content,
    isLive: true,
    async load(_, signal) {
      const now = await figures(signal);
      fill(guards, [now.isTracking, now.held], () => guard(now, again));
      fill(mailboxes, now.mailboxes, () => [make("ul", { class: "tiles" },
        ...GROUPS.map(([group, name]) => tile(name, now.mailboxes[group] ?? 0, MAILBOX_MOODS[group], href("mailboxes", "", { state: group }))))]);
      fill(items, now.items, () => [make("ul", { class: "tiles" },
        ...Object.entries(ITEM_MOODS).map(([state, mood]) => tile(capital(state), now.items[state] ?? 0, mood, href("items", "", { state }))),
        tile("Refused", now.items.refused ?? 0, "bad", href("failures", "", { state: "not_tracked" })))]);
      fill(failures, now.failures, () => topFailures(now.failures));
      fill(alerts, [now.alerts, ticking(now.alerts[0]?.lastAt)], () => openAlertList(now.alerts));
    },
  };
}

function tile(name, number, mood, link) {
  const calm = number === 0 ? "none" : mood;
  return make("li", {}, make("a", { class: "tile", href: link, data: { mood: calm } },
    make("span", { class: "number", text: number.toLocaleString() }), mark(calm, name)));
}

function guard(now, again) {
  const off = !now.isTracking && make("div", { class: "notice", data: { mood: "wait" } },
    make("p", {}, make("strong", { text: "Category tracking is switched off." }), " Nothing is tracked by category, and links are dormant."),
    make("p", {}, make("a", { href: href("settings", "TrackCategorizedItems"), text: "To the switch" })));
  return [off, ...now.held.map((group) => heldNotice(group, again))];
}

function topFailures(failures) {
  if (!failures.length) return [make("p", { class: "empty card", text: "No item is retried, undeliverable or refused." })];
  return [make("ul", { class: "lines" }, ...failures.map((cause) => make("li", {},
    make("p", {}, make("strong", { text: counted(cause.items, "item") }), ` in ${counted(cause.mailboxes, "mailbox", "mailboxes")}: `,
      make("a", { href: helpOf(cause.reason) }, make("code", { text: cause.reason }))),
    cause.explanation && make("p", { text: cause.explanation }),
    make("p", {}, make("a", { class: "row", href: href("failures", "", { reason: cause.reason }), text: "Show items" }),
      cause.state && make("span", { class: "quiet", text: `, ${plain(cause.state)}` })))))];
}

function openAlertList(alerts) {
  if (!alerts.length) return [make("p", { class: "empty card", text: "No alert is open." })];
  const groups = grouped(alerts);
  return [
    make("ul", { class: "lines" }, ...groups.slice(0, ALERTS_MAX).map(({ level, code, text, mailboxes, lastAt, count }) => make("li", {},
      make("p", {}, mark(LEVEL_MOODS[level], level), " ",
        make("a", { class: "row", href: href("alerts", "", { code }), text: counted(count, "alert") }),
        make("span", { class: "quiet" }, about(mailboxes), ", ", when(lastAt))),
      make("p", { text })))),
    make("p", {}, make("a", { href: href("alerts"), text: "All open alerts" })),
  ];
}

/** Alerts that say the same, together; the gravest first. */
function grouped(alerts) {
  const order = Object.keys(LEVEL_MOODS);
  const groups = [...Map.groupBy(alerts, ({ code, text }) => `${code} ${text}`).values()].map((all) => ({
    ...all[0],
    mailboxes: [...new Set(all.map(({ mailbox }) => mailbox).filter(Boolean))],
    lastAt: all.map(({ lastAt }) => lastAt).sort().at(-1),
    count: all.length,
  }));
  return groups.sort((one, other) => order.indexOf(one.level) - order.indexOf(other.level));
}

function about(mailboxes) {
  if (mailboxes.length === 1) return ` in ${mailboxes[0]}`;
  return mailboxes.length ? ` in ${mailboxes.length} mailboxes` : "";
}
