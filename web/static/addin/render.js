// Puts a view into the page. What did not change is left alone, so that focus and text stay.

import { by, keyed, make, moment } from "/assets/common/dom.js";
import { moodOf } from "./states.js";
import { reasonWords, stateWords, tableWords } from "./reasons.js";
import { nameOf, symbol } from "./regarding.js";

const KINDS = { email: "email", appointment: "appointment", task: "task" };

let records = null;

/** Says where records have their pages; null where the server knows of none. */
export function offerRecords(root) {
  records = root;
}

/** The CRM's page of a record; empty where there is none. */
export const recordAddress = (table, id) => (records ? `${records}${encodeURIComponent(table)}/${encodeURIComponent(id)}` : "");

/** The CRM's page of an item's activity. */
export const activityAddress = (answer) => recordAddress(KINDS[answer.kind] ?? "email", answer.activityId);

/** Where a code is explained: only ever a page of this very server. */
export function helpAddress(help, code) {
  const address = new URL(help || "/help/", location.origin);
  return (address.origin === location.origin ? address.pathname : "/help/") + encodeURIComponent(code ?? "");
}

const set = (id, text) => {
  if (by(id).textContent !== text) by(id).textContent = text;
};

/**
 * Draws `view`.
 * @param {object} view of `describe`
 * @param {object} known what it was made of
 * @param {boolean} isChanging whether the person is choosing another record
 * @param {Record<string, () => void>} act what the actions do
 */
export function render(view, known, isChanging, act) {
  const { scope, answers } = known;
  const hasItem = Boolean(scope) && known.phase !== "signed_out";
  document.documentElement.dataset.view = view.name;
  set("mailbox", scope?.owner ? `in ${scope.owner}` : scope?.mailbox ?? "");
  by("subject").hidden = !hasItem || scope.items.length > 1;
  set("subject", hasItem ? scope.subject : "");
  by("banner").hidden = !view.banner;
  set("banner", view.banner ?? "");
  by("state").dataset.mood = view.mood;
  by("symbol").setAttribute("href", `/addin/icons.svg#${view.symbol}`);
  set("title", view.title);
  by("skeleton").hidden = view.name !== "loading";
  set("text", view.text);
  drawNext(view);
  drawActions(view, known, act);
  drawRegarding(view, known, isChanging, act);
  drawRows(known);
  drawFacts(view, known);
}

/** A link to another page of ours, beside the pane. */
const link = (href, text, kind = "") => (href
  ? make("a", { class: kind, href, target: "_blank", rel: "noopener", text })
  : make("strong", { text }));

function drawNext(view) {
  const text = view.at ? `${view.atWords} ${view.at}` : "";
  if (by("next").dataset.drawn === text) return;
  by("next").dataset.drawn = text;
  by("next").replaceChildren(...(view.at ? [`${view.atWords} `, moment(view.at)] : []));
}

function drawActions(view, { answers, help }, act) {
  const hadFocus = by("actions").contains(document.activeElement);
  const to = { open: () => activityAddress(answers[0]), help: () => helpAddress(help, view.code) };
  const shown = view.actions
    .map((action) => ({ ...action, to: to[action.id]?.() ?? "" }))
    .filter((action) => action.id !== "open" || action.to);
  keyed(by("actions"), shown, (action) => action.id, (cell, action) => {
    const kind = action.primary ? "primary" : "";
    cell.replaceChildren(action.to
      ? link(action.to, action.label, "button")
      : make("button", { type: "button", class: kind, text: action.label, data: { action: action.id }, on: { click: () => act[action.id]() } }));
  }, "span");
  // The button that was pressed may be gone; its reader goes on at the new state.
  if (hadFocus && !by("actions").contains(document.activeElement)) by("title").focus();
}

function drawRegarding(view, { scope, answers }, isChanging, act) {
  const record = answers[0]?.regarding ?? null;
  const hasCard = record && (view.regarding === "card" || view.regarding === "read") && scope.items.length === 1;
  by("regarding").hidden = view.regarding === "none";
  by("record").hidden = !hasCard;
  by("search").hidden = view.regarding === "read" || view.regarding === "none" || Boolean(hasCard && !isChanging);
  const label = scope?.items.length > 1 ? "Set regarding for all" : hasCard ? "Find another record" : "Set regarding";
  set("query-label", label);
  if (!hasCard) {
    by("record").replaceChildren();
    by("record").dataset.drawn = "";
    return;
  }
  const text = JSON.stringify([record, nameOf(record), view.regarding, isChanging]);
  if (by("record").dataset.drawn === text) return;
  const hadFocus = by("record").contains(document.activeElement);
  by("record").dataset.drawn = text;
  const [table] = tableWords(record.table);
  by("record").replaceChildren(
    make("div", { class: "headline" }, symbol(record.table), make("div", {},
      link(recordAddress(record.table, record.id), nameOf(record) ?? `Open the ${table.toLowerCase()}`),
      make("p", { class: "quiet", text: table }))),
    ...(view.regarding === "card" ? [make("div", { class: "actions" },
      make("button", {
        type: "button", id: "change", "aria-expanded": String(isChanging), "aria-controls": "search",
        text: isChanging ? "Keep this" : "Change", on: { click: act.change },
      }),
      make("button", { type: "button", text: "Remove", "aria-label": "Remove regarding", on: { click: act.remove } }))] : []),
  );
  if (hadFocus) by("change")?.focus();
}

function drawRows({ phase, scope, answers }) {
  const isMany = phase === "item" && scope?.items.length > 1;
  by("many").hidden = !isMany;
  const rows = isMany ? scope.items.map((item, index) => ({ key: item.itemId, subject: item.subject, answer: answers[index] ?? null })) : [];
  keyed(by("rows"), rows, (row) => row.key, (cell, { subject, answer }) => {
    const mood = moodOf(answer);
    cell.dataset.mood = mood;
    const why = answer && mood !== "good" ? reasonWords(answer.reason) : "";
    const state = answer?.error ? "Not found" : stateWords(answer?.state);
    cell.replaceChildren(
      symbol(answer ? mood : "loading"),
      make("span", { class: "clip", title: subject, text: subject }),
      make("span", { class: "quiet", text: answer ? [state, why].filter(Boolean).join(": ") : "Loading…" }),
    );
  });
}

function drawFacts(view, { phase, answers, scope, problem }) {
  const answer = answers[0];
  by("more").hidden = phase !== "item" || (!answer && !problem);
  const facts = [
    ["State", answer && scope.items.length === 1 ? `${answer.state}, ${answer.reason}` : view.name],
    ["Attempts", answer?.attempts || ""],
    ["Problem", problem ? `${problem.code}` : ""],
    ["Request", problem?.requestId ?? ""],
  ].filter(([, value]) => value !== "");
  const text = JSON.stringify(facts);
  if (by("facts").dataset.drawn === text) return;
  by("facts").dataset.drawn = text;
  by("facts").replaceChildren(...facts.flatMap(([name, value]) => [make("dt", { text: name }), make("dd", { text: value })]));
}
