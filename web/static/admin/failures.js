// Items that failed, grouped by why, and retries of a whole group.

import { keyed, make, moment, stateBadge } from "/assets/common/dom.js";
import { causes, FAILING, reasonOf } from "./counts.js";
import { choice, field, fill, nothing } from "./parts.js";
import { href, refine } from "./place.js";
import { retryPanel } from "./retry.js";
import { api, withQuery } from "./session.js";
import { counted, helpOf, kindWord, plain } from "./words.js";

const STATES = [["", "All failures"], ["retrying", "Retrying"], ["undeliverable", "Undeliverable"], ["not_tracked", "Refused for good"]];

/** Units: pages of 100 items that are read of each state. */
const PAGES_MAX = 10;

/** Units: items of a group that are listed. */
const LISTED_MAX = 50;

/** What was read about a reason once: its words and one failure as an example. */
const examples = new Map();

/** The page of failures. */
export function openFailures(_, again) {
  const state = choice(STATES, "", (value) => refine({ state: value }));
  const note = make("p", { class: "quiet" });
  const groups = make("ul", { class: "stack" });
  const empty = make("div");
  const content = make("div", { class: "page" }, make("div", { class: "filters" }, field("State", state)), note, groups, empty);
  return {
    title: "Failures",
    content,
    isLive: false,
    async load({ query }, signal) {
      state.value = query.state ?? "";
      const wanted = query.state ? [query.state] : FAILING;
      const read = await Promise.all(wanted.map((word) => every(word, signal)));
      const items = read.flatMap((one) => one.items);
      const shown = causes(items);
      await Promise.all(shown.map(({ reason, all }) => explain(reason, all[0], signal)));
      note.textContent = `${counted(items.length, "item")}${read.some((one) => one.isCut) ? " or more; the newest are shown" : ""}. This list is not refreshed by itself.`;
      groups.replaceChildren();
      keyed(groups, shown, ({ reason }) => reason, (element, cause) => drawCause(element, cause, query.reason === cause.reason, again));
      fill(empty, items.length === 0, () => [items.length === 0 && nothing("No item is retried, undeliverable or refused. When the CRM or a mailbox refuses something, it is shown here with what to do.")]);
    },
  };
}

async function every(state, signal) {
  const items = [];
  let cursor;
  for (let page = 0; page < PAGES_MAX; page += 1) {
    const answer = await api(withQuery("/items", { state, reason: reasonOf(state), cursor }), { signal });
    items.push(...answer.items);
    cursor = answer.next;
    if (!cursor) break;
  }
  return { items, isCut: Boolean(cursor) };
}

async function explain(reason, item, signal) {
  if (examples.get(reason)?.id === item.id) return;
  const { explanation, facts } = await api(`/items/${item.id}/explain`, { signal });
  examples.set(reason, { id: item.id, explanation, failure: facts.lastFailure });
}

function drawCause(element, cause, isOpen, again) {
  const { explanation, failure } = examples.get(cause.reason) ?? {};
  const retrying = cause.all.filter(({ state }) => state === "retrying").length;
  element.className = "card";
  element.replaceChildren(...[
    make("h3", {}, plain(cause.reason), " ", make("span", { class: "quiet", text: `${counted(cause.items, "item")} in ${counted(cause.mailboxes, "mailbox", "mailboxes")}` })),
    make("p", { text: explanation ?? "" }),
    failure && make("p", { class: "quiet" }, `For example: ${plain(failure.class)} (`, make("code", { text: failure.code }), `): ${failure.detail}`),
    make("p", { class: "quiet" }, "First ", moment(cause.firstAt), ", last ", moment(cause.lastAt),
      `. ${retrying} retried by themselves, ${cause.items - retrying} given up. `,
      make("a", { href: helpOf(cause.reason), text: `Help about ${plain(cause.reason)}` })),
    retryPanel(cause.all, again),
    make("details", { open: isOpen }, make("summary", { text: `Items (${cause.items})` }),
      make("ul", { class: "lines" }, ...cause.all.slice(0, LISTED_MAX).map((item) => make("li", {},
        stateBadge(item.state), " ", make("a", { class: "row", href: href("items", item.id), text: `${kindWord(item.kind)} ${item.id}` }),
        make("span", { class: "quiet" }, ` ${item.mailbox}, attempts ${item.attempts}, `, moment(item.changedAt))))),
      cause.items > LISTED_MAX && make("p", { class: "quiet", text: `and ${cause.items - LISTED_MAX} more` })),
  ].filter(Boolean));
}
