// What the pane shows: a pure function of what is known. One view has a name, a mood, words and the
// actions that make sense in it.

import { howWords, reasonWords, stateWords } from "./reasons.js";

const ACTIONS = {
  track: "Track",
  track_again: "Track again",
  track_draft: "Track when sent",
  track_all: "Track all",
  untrack: "Untrack",
  untrack_all: "Untrack all",
  cancel: "Cancel",
  retry: "Retry now",
  retry_all: "Retry failed",
  refresh: "Retry",
  sign_in: "Sign in",
  open: "Open record",
  ask: "Copy request for the administrator",
  help: "What this means",
  done: "Done",
};
const DOING = {
  track: "Tracking…",
  untrack: "Untracking…",
  retry: "Trying again…",
  regarding: "Saving…",
  sign_in: "Signing in…",
};
/** Reasons that tell more of a tracked item than that it is tracked. */
const TELLING = new Set(["fields_in_conflict", "meeting_update_held", "record_closed", "uncategorized_since_switch_on"]);
const UNSUPPORTED = new Set(["meeting_message", "unsupported_kind", "too_large"]);

/** A view; `regarding` says what of that part is there: none, pick, card (to change) or read. */
function view(name, mood, title, text = "", more = {}) {
  const { actions = [], ...rest } = more;
  return {
    name, mood, title, text, symbol: mood, regarding: "none", at: null, atWords: "", code: "", ...rest,
    actions: actions.filter(Boolean).map((id, index) => ({ id, label: ACTIONS[id], primary: index === 0 })),
  };
}

/**
 * What to show.
 * @param {object} known `phase` (loading, signed_out, outside, no_item, item), `scope` (what is
 *   selected), `answers` (of the service, in the order of the scope), `problem`, `doing` (the wish
 *   under way), `waiting` (the wish that waits for the network), `checkedAt`, `why` (not signed in)
 */
export function describe(known) {
  const chosen = choose(known);
  // On a telephone the pane is the whole screen and has to be left again.
  if (known.isMobile && known.phase === "item" && !known.doing) chosen.actions.push({ id: "done", label: ACTIONS.done, primary: false });
  return chosen;
}

function choose(known) {
  const { phase, scope, problem, doing } = known;
  if (phase === "outside") return view("outside", "wait", "Open this in Outlook", "This pane works beside a message or an appointment in Outlook.");
  if (doing === "sign_in") return view("requested", "wait", DOING.sign_in, "Finish in the window that opened.", { symbol: "loading" });
  if (phase === "signed_out") {
    return view("signed_out", "wait", "You are signed out", known.why || "Sign in to see and change what is tracked.", {
      symbol: "lock", actions: ["sign_in"],
    });
  }
  if (phase === "no_item") return view("no_item", "none", "Select a message or meeting", "Its tracking is shown here as soon as you open one.");
  if (phase === "loading" || !scope) return view("loading", "none", "Loading…", "", { symbol: "loading" });
  if (doing) return view("requested", "wait", DOING[doing], "You may close this pane: the wish is kept and carried out.", { symbol: "loading" });
  if (problem) return refused(known);
  if (scope.items.length > 1) return many(known);
  const answer = known.answers[0];
  if (isUnsent(scope, answer)) return draft(scope);
  if (!answer) return view("loading", "none", "Loading…", "", { symbol: "loading" });
  return scope.mayChange ? single(scope, answer) : onlyRead(scope, answer);
}

/** Refusals that somebody else has to do something about: view, title, words. */
const NOT_APPROVED = ["mailbox_unapproved", "Waiting for approval", "An administrator has to approve {mailbox} first."];
const NOT_ENABLED = ["mailbox_disabled", "Tracking is not enabled", "Earmark does not serve {mailbox}. An administrator has to enable it."];
const REFUSALS = {
  not_your_mailbox: ["not_owner_mailbox", "Not your mailbox", "You may not track in {mailbox}. Its owner can, or an administrator can let you."],
  mailbox: ["mailbox_unknown", "Not connected yet", "Earmark does not know {mailbox}. An administrator has to add it."],
  not_approved: NOT_APPROVED,
  mailbox_unapproved: NOT_APPROVED,
  not_enabled: NOT_ENABLED,
  mailbox_disabled: NOT_ENABLED,
  no_crm_user: ["no_account", "No account in the CRM", "You need an account there. Ask an administrator."],
  addin: ["not_set_up", "Not set up", "An administrator has to set up this pane on the server first."],
};

/** What a request's refusal means for the person. */
function refused({ problem, scope, answers, checkedAt, waiting }) {
  const why = REFUSALS[problem.code];
  if (why) return view(why[0], "wait", why[1], why[2].replace("{mailbox}", scope.mailbox), { actions: ["ask"], symbol: "lock", code: problem.code });
  if (problem.code === "host") {
    return view("failed", "bad", "Outlook could not do that", problem.message, { actions: ["refresh"], code: problem.name });
  }
  const last = answers[0] ? `Last known: ${stateWords(answers[0].state)}.` : "";
  const kept = waiting ? "What you asked for is sent as soon as the connection is back." : "";
  const text = [problem.code === "offline" ? "" : problem.message, last, kept].filter(Boolean).join(" ");
  const more = { actions: ["refresh"], at: last ? checkedAt : null, atWords: "Seen", code: problem.code };
  if (problem.code === "offline") return view("offline", "wait", "No connection to Earmark", text || "Check the network.", more);
  if (problem.isPassing) return view("server_down", "wait", "Earmark is busy", text, more);
  return view("failed", "bad", "That did not work", text, { ...more, actions: ["refresh", problem.code && "help"] });
}

const isUnsent = (scope, answer) => scope.mode === "compose" && (!scope.items[0].itemId
  || (scope.kind === "message" && answer?.state === "not_tracked"));

function draft(scope) {
  return scope.kind === "message"
    ? view("draft", "none", "Draft", "Track it now, and it goes into the CRM when it is sent.", { actions: ["track_draft"], regarding: "pick" })
    : view("draft", "none", "Not saved yet", "Tracking saves the appointment in your calendar first.", { actions: ["track"], regarding: "pick" });
}

const banner = (scope) => `You can view, not change, ${scope.owner}'s tracking.`;

function onlyRead(scope, answer) {
  const { name, mood, title, text, at, atWords, symbol } = single(scope, answer);
  return view(name, mood, title, text, {
    at, atWords, symbol,
    actions: [answer.activityId && "open"],
    regarding: answer.regarding ? "read" : "none",
    banner: banner(scope),
  });
}

function single(scope, answer) {
  const noun = scope.kind === "appointment" ? "appointment" : "message";
  const code = answer.reason;
  const reason = reasonWords(code);
  const open = answer.activityId && "open";
  const regarding = answer.regarding ? "card" : "pick";
  const show = (name, mood, title, text, more = {}) => view(name, mood, title, text, { code, ...more });
  const next = { at: answer.notBefore, atWords: "Next attempt" };
  const since = { at: answer.changedAt, atWords: "Since" };
  if (answer.error) {
    return code === "no_category" && !answer.wasAsked
      ? show("not_found", "wait", "Not found in the mailbox",
        "Earmark cannot see it yet. It may have just arrived, moved, or be of a kind that is not tracked.", { actions: ["refresh"] })
      : show("failed", "bad", "That did not work", sentence(answer.error), { actions: ["retry", "help"] });
  }
  switch (answer.state) {
    case "tracked":
      return show(answer.regarding ? "tracked_regarding" : "tracked", "good", "Tracked",
        [`This ${noun} is in the CRM: ${howWords(answer.origin) || "it is tracked"}.`, TELLING.has(code) && reason].filter(Boolean).join(" "),
        { ...since, actions: [open, "untrack"], regarding });
    case "pending":
      if (code === "draft_not_sent") return show("pending", "wait", "Will be tracked when sent", "", { actions: ["cancel"], regarding });
      return code === "untrack_requested_by_person" || code === "category_removed"
        ? show("pending", "wait", "Pending: untracking", reason, { ...next, actions: ["track_again"] })
        : show("pending", "wait", "Pending", reason || "Earmark is working on it.", { ...next, actions: ["retry", "cancel"], regarding });
    case "retrying":
      return show("failed", "bad", "Not in the CRM yet",
        [reason, answer.attempts > 0 && `Attempt ${answer.attempts} of 6 failed.`].filter(Boolean).join(" "),
        { ...next, actions: ["retry", "cancel", "help"], regarding });
    case "undeliverable":
      return show("undeliverable", "bad", answer.attempts > 1 ? `Gave up after ${answer.attempts} attempts` : "Gave up", reason,
        { ...since, actions: ["retry", "help"] });
    case "untracked_by_user":
      return show("untracked_by_user", "none", "You untracked this", "It will not be tracked automatically. Its record stays in the CRM.",
        { ...since, actions: ["track_again", open], regarding: "pick" });
    case "ignored":
      return show("ignored", "none", "Left alone", reason, { actions: ["track"], regarding: "pick" });
    case "held":
      return show("held", "wait", "On hold", reasonWords("held"), { ...next, atWords: "Looked at again", actions: ["track_again", open] });
    case "dormant":
      return show("feature_off", "wait", "Tracking is off", reasonWords("dormant"), { actions: [open, "untrack"], regarding });
    case "source_gone":
      return show("source_gone", "none", "Deleted here", `The ${noun} was deleted or moved to Junk. Its record stays in the CRM.`, { actions: [open] });
    case "record_deleted":
      return show("record_deleted", "bad", "The record was deleted", "Somebody deleted it in the CRM. Track again to make a new one.",
        { actions: ["track_again"], regarding: "pick" });
  }
  if (answer.state === "unsupported" || UNSUPPORTED.has(code)) {
    return show("unsupported_item", "none", "Cannot be tracked", reason || "Items of this kind are not tracked.");
  }
  return code === "switched_off"
    ? show("feature_off", "none", "Not tracked", "Category tracking is off in this organization. Tracking from here still works.",
      { actions: ["track"], regarding: "pick" })
    : show("not_tracked", "none", "Not tracked", reason || `This ${noun} is not in the CRM.`, { actions: ["track"], regarding: "pick" });
}

const sentence = (text) => text.charAt(0).toUpperCase() + text.slice(1) + (text.endsWith(".") ? "" : ".");

function many({ scope, answers }) {
  const count = scope.items.length;
  const known = answers.filter(Boolean);
  if (known.length === 0) return view("multi", "none", `${count} messages selected`, "", { symbol: "loading" });
  const tracked = known.filter((answer) => answer.state === "tracked").length;
  const failed = known.filter(isFailed).length;
  const text = `${tracked} of ${count} tracked${failed ? `, ${failed} failed` : ""}.`;
  if (!scope.mayChange) return view("multi", "none", `${count} messages selected`, text, { banner: banner(scope) });
  return view("multi", failed ? "bad" : tracked === count ? "good" : "none", `${count} messages selected`, text, {
    actions: [tracked < count && "track_all", tracked > 0 && "untrack_all", failed > 0 && "retry_all"], regarding: "pick",
  });
}

/** Whether an item waits for somebody to mend something. */
export const isFailed = (answer) => Boolean(answer?.error) || ["retrying", "undeliverable"].includes(answer?.state);

/** Whether it is worth while to ask again soon. */
export const isMoving = (answer) => answer?.state === "pending" && !answer.notBefore && answer.reason !== "draft_not_sent";

/** How good a state is: the same moods as the single views have. */
export const moodOf = (answer) => (isFailed(answer) ? "bad" : { tracked: "good", pending: "wait", held: "wait" }[answer?.state] ?? "none");
