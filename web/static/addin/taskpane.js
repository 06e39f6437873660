// The pane: follows what is selected in Outlook, asks the service for its state, and carries a
// person's wishes there. An answer that is older than a later question is left unread.

import { by, say } from "/assets/common/dom.js";
import * as host from "./host.js";
import { poller } from "./poll.js";
import { regardingSearch } from "./regarding.js";
import { helpAddress, offerRecords, render } from "./render.js";
import * as service from "./service.js";
import { loadSettings, SignedOut, signIn } from "./session.js";
import { describe, isFailed, isMoving } from "./states.js";

/** How long the good news stays before Outlook's Log button closes the pane. */
const CLOSE_MS = 1200;

const known = {
  phase: "loading", scope: null, answers: [], problem: null, doing: null, waiting: false,
  checkedAt: null, why: "", help: "/help/", isMobile: false,
};
/** Wishes that wait for the network or for somebody to sign in. */
const waiting = [];
let view = null;
let isChanging = false;
let isSelecting = false;
let selections = 0;
let questions = 0;
let said = "";

const act = {
  track: () => wish("track"),
  track_again: () => wish("track"),
  track_draft: () => wish("track"),
  track_all: () => wish("track", { only: (answer) => answer?.state !== "tracked" }),
  untrack: () => wish("untrack"),
  untrack_all: () => wish("untrack", { only: (answer) => answer?.state === "tracked" }),
  cancel: () => wish("untrack"),
  retry: () => wish("retry"),
  retry_all: () => wish("retry", { only: isFailed }),
  refresh: () => { if (!flush()) again(); },
  sign_in: enter,
  done: () => host.close(),
  ask: () => passOn("requestForAdministrator"),
  change: () => {
    isChanging = !isChanging;
    draw();
    if (isChanging) by("query").focus();
  },
  remove: () => wish("regarding", { regarding: null }),
};

const poll = poller(async () => {
  await refresh();
  return { isMoving: known.answers.some(isMoving), notBefore: known.problem?.retryAfter ?? 0 };
});
const search = regardingSearch({
  picked: (record) => wish("regarding", { regarding: { table: record.table, id: record.id } }),
  failed: (error) => { if (error instanceof SignedOut) fail(error); },
  told: (text) => announce(text),
});

function draw() {
  view = describe(known);
  render(view, known, isChanging, act);
  const text = view.name === "loading" ? "" : [view.title, view.text].filter(Boolean).join(". ");
  if (text && text !== said) announce(text);
  if (text) said = text;
}

/** Something else may be selected. */
async function select() {
  const mine = ++selections;
  isSelecting = true;
  const scope = await host.look();
  if (mine !== selections) return;
  isSelecting = false;
  if (!scope) {
    poll.stop();
    Object.assign(known, { phase: "no_item", scope: null, answers: [], problem: null, doing: null });
    draw();
    return;
  }
  if (scope.key !== known.scope?.key) {
    isChanging = false;
    search.reset();
    Object.assign(known, { phase: "item", scope, answers: [], problem: null, doing: null, waiting: false, checkedAt: null });
    draw();
  }
  again();
}

function again() {
  if (known.phase === "signed_out") known.phase = "item";
  // What has no id yet cannot be asked about, so nothing else would take its problem away.
  if (!known.scope.items[0].itemId) known.problem = null;
  poll.start(0);
}

/** Asks for the state of what is selected. */
async function refresh() {
  const { scope } = known;
  if (!scope || known.phase !== "item" || known.doing) return;
  const items = scope.items.filter((item) => item.itemId);
  if (items.length === 0) {
    draw();
    return;
  }
  const mine = ++questions;
  try {
    const answers = await service.status(scope.mailbox, items);
    if (mine === questions && scope === known.scope) accept(items, answers);
    flush();
  } catch (error) {
    if (mine === questions && scope === known.scope) fail(error);
  }
}

/** Takes answers in; the failure of a wish stays until something comes of it. */
function accept(items, answers, wasAsked = false) {
  const { scope } = known;
  const fresh = new Map(items.map((item, index) => [item.itemId, { ...answers[index], wasAsked }]));
  known.answers = scope.items.map((item, index) => {
    const old = known.answers[index];
    const now = fresh.get(item.itemId);
    if (!now) return old;
    return !wasAsked && old?.wasAsked && old.error && now.state === "not_tracked" ? old : now;
  });
  Object.assign(known, { problem: null, waiting: false, checkedAt: new Date().toISOString() });
  draw();
}

function fail(error) {
  if (error instanceof SignedOut) {
    poll.stop();
    Object.assign(known, { phase: "signed_out", why: error.message });
  } else if (error instanceof host.HostFailed) {
    known.problem = { code: "host", name: error.name, message: hostWords(error) };
  } else if (error instanceof service.Refused) {
    known.problem = error;
  } else {
    throw error;
  }
  draw();
}

/** What Outlook's own failures mean. */
function hostWords({ code, name, message }) {
  if (code === 9016 || name === "PermissionDenied") return "You can read but not change this mailbox.";
  if (code === 9021) return "Outlook could not save it. Try again.";
  if (code === 9022) return "Close the item, open it again and try once more.";
  if (code === 9041 || name === "NetworkError") return "Outlook is offline. Try again when it is connected.";
  return message;
}

/** Carries a wish to the service, at once or as soon as that is possible. */
async function wish(kind, { regarding, only, scope = known.scope } = {}) {
  if (isSelecting || !scope || (known.doing && scope === known.scope)) return;
  const isShown = () => scope === known.scope;
  const items = scope.items.filter((item, index) => !only || !isShown() || only(known.answers[index]));
  if (items.length === 0) return;
  if (isShown()) {
    Object.assign(known, { doing: kind, problem: null });
    draw();
  }
  const mine = ++questions;
  try {
    if (!scope.items[0].itemId) scope.items[0].itemId = await host.save();
    const answers = await carry[kind](scope.mailbox, items, regarding);
    if (isShown()) {
      known.doing = null;
      isChanging = false;
      if (mine === questions) accept(items, answers, true);
      await log(kind, scope, answers);
    }
  } catch (error) {
    if (error.code === "offline" || error instanceof SignedOut) waiting.push([kind, { regarding, scope: { ...scope, items } }, scope]);
    if (isShown()) {
      Object.assign(known, { doing: null, waiting: error.code === "offline" });
      fail(error);
    }
  }
  if (isShown() && known.phase === "item") poll.start();
}

const carry = {
  track: (mailbox, items) => service.track(mailbox, items),
  regarding: (mailbox, items, record) => service.track(mailbox, items, record),
  untrack: (mailbox, items) => service.untrack(mailbox, items),
  retry: (mailbox, items) => service.retry(mailbox, items),
};

/** Sends what waited. Answers whether there was anything. */
function flush() {
  if (waiting.length === 0) return false;
  for (const [kind, about, scope] of waiting.splice(0)) {
    wish(kind, { ...about, scope: scope === known.scope ? scope : about.scope });
  }
  return true;
}

/** On a telephone, tells Outlook's Log button of an appointment what became of it. */
async function log(kind, scope, answers) {
  if (!known.isMobile || scope.kind !== "appointment" || answers.some((answer) => answer.error)) return;
  const isLogged = kind !== "untrack";
  await host.setLogged(isLogged).catch(() => {});
  if (isLogged) setTimeout(() => host.close(), CLOSE_MS);
}

async function enter() {
  known.doing = "sign_in";
  draw();
  try {
    await signIn();
    Object.assign(known, { doing: null, phase: "item", why: "" });
    if (!flush()) again();
  } catch (error) {
    known.doing = null;
    fail(error instanceof SignedOut ? error : new SignedOut(error.message));
  }
}

async function passOn(text) {
  const clipboard = await import("./clipboard.js");
  const isCopied = await clipboard.copy(clipboard[text](view, known));
  announce(isCopied ? "Copied." : "Copy the text shown under Details.", true);
}

/** Tells screen readers; what cannot be seen elsewhere in the pane is shown as well. */
function announce(text, isShown = false) {
  by("status").classList.toggle("unseen", !isShown);
  say(text, true);
}

async function begin() {
  try {
    if (!await host.start()) {
      known.phase = "outside";
      draw();
      return;
    }
  } catch {
    location.replace("/addin/unavailable.html" + location.search);
    return;
  }
  known.isMobile = host.isMobile();
  if (known.isMobile) document.documentElement.dataset.mobile = "";
  host.followTheme();
  by("copy").addEventListener("click", () => passOn("diagnostics"));
  window.addEventListener("online", () => { if (!flush() && known.scope) again(); });
  loadSettings().then(({ help, records }) => {
    known.help = help;
    offerRecords(records ?? null);
    by("help").href = helpAddress(help);
  }).catch(() => {});
  await host.onSelection(select);
  await select();
}

begin();
