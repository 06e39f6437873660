// One mailbox: how it stands, what to do, its channels, its category and its items.

import { make, moment, say, stateBadge } from "/assets/common/dom.js";
import { confirmed } from "./dialog.js";
import { ACTS, TAKE_OVER } from "./mailbox_acts.js";
import { approval, CHANNELS, outcome, standing } from "./mailbox_state.js";
import { button, copyable, facts, fill, mark, nothing, section } from "./parts.js";
import { href } from "./place.js";
import { api, post } from "./session.js";
import { capital, kindWord, plain, ticking, TROUBLESHOOTING, when } from "./words.js";

/** Units: items and alerts that are shown here; the rest is a link away. */
const SHOWN_MAX = 10;

/** The page of a mailbox. */
export function openMailbox(address, again) {
  const path = `/mailboxes/${encodeURIComponent(address)}`;
  const parts = Object.fromEntries(["head", "acts", "channels", "schedule", "category", "items", "alerts"].map((name) => [name, make("div")]));
  const result = make("p", { class: "notice", data: { mood: "good" }, hidden: true });
  const content = make("div", { class: "page" },
    make("p", {}, make("a", { href: href("mailboxes"), text: "All mailboxes" })),
    parts.head, parts.acts, result,
    make("div", { class: "columns" },
      make("div", { class: "stack" }, section("Channels", parts.channels), section("Tracking category", parts.category)),
      make("div", { class: "stack" }, section("Facts", parts.schedule), section("Items", parts.items), section("Alerts", parts.alerts))));

  async function run(act) {
    if (act.warning && !await confirmed(`${act.label} ${address}?`, act.warning, act.label, true)) return;
    result.hidden = false;
    result.dataset.mood = "wait";
    result.textContent = `${act.label}: under way…`;
    try {
      result.textContent = `${act.label}: ${await act.run(address)}.`;
      result.dataset.mood = "good";
    } catch (error) {
      result.textContent = `${act.label}: ${error.message}`;
      result.dataset.mood = "bad";
    }
    say(result.textContent, true);
    await again();
  }

  async function recreate() {
    await post(`${path}/category/recreate`);
    say("The list of categories was looked at, and the entry is there.", true);
    await again();
  }

  return {
    title: address,
    content,
    isLive: true,
    async load(_, signal) {
      const query = `?mailbox=${encodeURIComponent(address)}`;
      const [mailbox, category, items, alerts] = await Promise.all([
        api(path, { signal }),
        api(`${path}/category`, { signal }),
        api(`/items${query}`, { signal }),
        api(`/alerts${query}&state=open`, { signal }),
      ]);
      const stands = standing(mailbox);
      fill(parts.head, [stands, mailbox.problem, mailbox.failureCode], () => head(mailbox, stands));
      const fitting = [...ACTS, TAKE_OVER].filter((act) => act.fits(mailbox));
      fill(parts.acts, fitting.map(({ label }) => label), () => [make("div", { class: "actions" },
        ...fitting.map((act) => button(act.label, () => run(act), { class: act.warning ? "danger" : "" })))]);
      fill(parts.channels, mailbox.test, () => channels(mailbox.test));
      fill(parts.schedule, [mailbox, ticking(mailbox.nextCycle)], () => [schedule(mailbox)]);
      fill(parts.category, category, () => entry(category, recreate));
      fill(parts.items, items, () => itemList(items, address));
      fill(parts.alerts, alerts, () => alertList(alerts, address));
    },
  };
}

function head(mailbox, { mood, word, advice }) {
  return [make("div", { class: "notice", data: { mood } },
    make("p", {}, mark(mood, word), mailbox.failureCode && " ", mailbox.failureCode && make("a", { href: TROUBLESHOOTING }, make("code", { text: mailbox.failureCode }))),
    make("p", {}, make("strong", { text: "What to do: " }), advice),
    mailbox.problem && make("p", { text: mailbox.problem }))];
}

function channels(test) {
  const list = make("ul", { class: "stack" }, ...CHANNELS.map(([name, title]) => {
    const channel = test[name];
    return make("li", { class: "card" },
      make("p", {}, mark(...outcome(channel)), " ", make("strong", { text: title })),
      channel.explanation && make("p", { text: channel.explanation }),
      channel.remedy && make("p", { class: "quiet", text: channel.remedy }),
      channel.cause && make("p", {}, "Cause: ", make("a", { href: TROUBLESHOOTING }, make("code", { text: channel.cause }))));
  }));
  const ended = test.endedAt
    ? make("p", { class: "quiet" }, "Tested ", moment(test.endedAt), test.repeated ? `, repeated ${test.repeated} times` : "")
    : make("p", { class: "quiet", text: "No test has been run by this service yet." });
  return [test.scheduled && make("p", { class: "notice", data: { mood: "wait" }, text: "A test is asked for and has not ended yet." }), list, ended];
}

function schedule(mailbox) {
  return facts([
    ["Kind", mailbox.kind],
    ["Approval", approval(mailbox)],
    ["Delivery method", plain(mailbox.incoming)],
    ["New mail that is accepted by itself", plain(mailbox.filtering)],
    ["Last sync", when(mailbox.lastSuccess)],
    ["Next run", when(mailbox.nextCycle, "none")],
    ["Last complete look", when(mailbox.sweptAt)],
    ["Cycles", mailbox.cycles.toLocaleString()],
    ["Items with the category", mailbox.bearers.toLocaleString()],
    ["Notifications", `${mailbox.push}, ${mailbox.subscriptions} subscribed`],
    ["Subscribed until", mailbox.subscribedUntil && moment(mailbox.subscribedUntil)],
    ["Why notifications fail", mailbox.pushFailureCode && make("code", { text: mailbox.pushFailureCode })],
    ["Id", copyable(mailbox.id, "the mailbox's id")],
  ]);
}

const ENTRY_STATES = {
  none: "The mailbox has no entry yet; its first cycle makes it.",
  taken_out: "Category tracking is switched off, so the entry is taken out.",
  unsettled: "The entry was missing, renamed or made again; removals of the category wait for one cycle.",
  settled: "The entry is there.",
};

function entry(category, recreate) {
  const one = category.entry;
  return [
    make("p", { text: ENTRY_STATES[category.state] ?? capital(category.state) }),
    one && facts([
      ["Name", make("span", { class: `chip ${/^preset\d+$/.test(one.color) ? one.color : "presetnone"}`, text: one.name })],
      ["Colour", one.color],
      ["Id", copyable(one.id, "the entry's id")],
      ["Names before", one.previousNames.length ? one.previousNames.join(", ") : "none"],
      ["Undeliverable entry", category.undeliverable?.name],
      ["Settled again", category.unsettledUntil && when(category.unsettledUntil)],
    ]),
    make("p", { class: "actions" }, button("Look now, and make it again if it is missing", recreate)),
  ];
}

function itemList(answer, address) {
  if (!answer.items.length) return [nothing("Nothing of this mailbox was ever tracked or asked for. Assign the category to an item to begin.")];
  return [
    make("ul", { class: "lines" }, ...answer.items.slice(0, SHOWN_MAX).map((item) => make("li", {},
      stateBadge(item.state), " ",
      make("a", { class: "row", href: href("items", item.id), text: `${kindWord(item.kind)} ${item.id}` }), " ",
      make("span", { class: "quiet", text: plain(item.reason) })))),
    make("p", {}, make("a", { href: href("items", "", { mailbox: address }), text: "All its items" })),
  ];
}

function alertList(answer, address) {
  if (!answer.items.length) return [make("p", { class: "quiet", text: "None is open." })];
  return [
    make("ul", { class: "lines" }, ...answer.items.slice(0, SHOWN_MAX).map((alert) => make("li", {},
      make("code", { text: alert.code }), " ", alert.text))),
    make("p", {}, make("a", { href: href("alerts", "", { mailbox: address }), text: "Its alerts" })),
  ];
}
