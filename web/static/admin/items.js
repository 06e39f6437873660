// All items that are remembered, page by page.

import { make, moment, stateBadge } from "/assets/common/dom.js";
import { afterTyping, button, choice, field, nothing } from "./parts.js";
import { href, refine } from "./place.js";
import { api, withQuery } from "./session.js";
import { table } from "./table.js";
import { capital, counted, helpOf, ITEM_STATES, kindWord, plain, ticking, when } from "./words.js";

/** Units: addresses that are offered while one is typed. */
const SUGGESTIONS_MAX = 20;

/** The page of all items. */
export function openItems() {
  const messageId = make("input", { type: "search", placeholder: "<message@example.com>", size: 34 });
  messageId.addEventListener("input", afterTyping(() => refine({ messageId: messageId.value.trim(), cursor: "" }), 400));
  const state = choice([["", "All states"], ...ITEM_STATES.map((word) => [word, capital(word)])], "", (value) => refine({ state: value, cursor: "" }));
  const known = make("datalist", { id: "known-mailboxes" });
  const mailbox = make("input", { type: "search", list: "known-mailboxes", placeholder: "All mailboxes", size: 30 });
  mailbox.addEventListener("input", afterTyping(() => suggest(known, mailbox.value.trim())));
  mailbox.addEventListener("change", () => refine({ mailbox: mailbox.value.trim(), cursor: "" }));
  const list = table("Items", COLUMNS, (item) => item.id);
  const foot = make("div");
  const content = make("div", { class: "page" },
    make("div", { class: "filters", role: "search" }, field("Message-ID, exact", messageId), field("State", state), field("Mailbox", mailbox), known),
    list.element, foot);

  return {
    title: "Items",
    content,
    isLive: true,
    async load({ query }, signal) {
      if (document.activeElement !== mailbox) mailbox.value = query.mailbox ?? "";
      if (document.activeElement !== messageId) messageId.value = query.messageId ?? "";
      state.value = query.state ?? "";
      const { mailbox: address, messageId: wanted, state: word, cursor } = query;
      const answer = await api(withQuery("/items", { mailbox: address, messageId: wanted, state: word, cursor }), { signal });
      list.show(answer.items);
      list.element.hidden = answer.items.length === 0;
      foot.replaceChildren(...below(answer, query));
    },
  };
}

/** Offers the addresses that fit what is typed; without them the address can be typed all the same. */
async function suggest(list, q) {
  const { items } = await api(withQuery("/mailboxes", { q })).catch(() => ({ items: [] }));
  list.replaceChildren(...items.slice(0, SUGGESTIONS_MAX).map(({ address }) => make("option", { value: address })));
}

const COLUMNS = [
  { label: "Changed", of: ({ changedAt }) => changedAt, draw: ({ changedAt }) => moment(changedAt) },
  {
    label: "Item",
    of: ({ id, kind, messageId }) => [id, kind, messageId],
    draw: ({ id, kind, messageId }) => make("span", {},
      make("a", { class: "row", href: href("items", id), text: `${kindWord(kind)} ${id}` }),
      messageId && make("span", { class: "quiet clip second", title: messageId, text: messageId })),
  },
  { label: "Mailbox", of: ({ mailbox }) => mailbox, draw: ({ mailbox }) => mailbox ?? "" },
  { label: "State", of: ({ state }) => state, draw: ({ state }) => stateBadge(state) },
  { label: "Reason", of: ({ reason }) => reason, draw: ({ reason }) => make("a", { href: helpOf(reason), text: plain(reason) }) },
  { label: "By", isShort: true, of: ({ origin }) => origin, draw: ({ origin }) => origin },
  { label: "About", of: ({ regarding }) => regarding, draw: ({ regarding }) => (regarding ? regarding.name ?? regarding.table : "") },
  {
    label: "Attempts",
    of: ({ attempts, notBefore }) => [attempts, ticking(notBefore)],
    draw: ({ attempts, notBefore }) => make("span", {}, String(attempts), notBefore && ", next ", notBefore && when(notBefore)),
  },
];

function below({ items, next }, query) {
  const isFiltered = query.mailbox || query.messageId || query.state;
  if (!items.length && isFiltered) {
    return [nothing("No item fits the filters.", make("p", { class: "actions" },
      button("Clear the filters", () => refine({ mailbox: "", messageId: "", state: "", cursor: "" }))))];
  }
  if (!items.length && !query.cursor) {
    return [nothing("Nothing was tracked yet. Assign the category “Tracked to Dynamics 365” to an item in a mailbox that is served.")];
  }
  return [make("nav", { class: "actions", "aria-label": "Pages of the list" },
    make("span", { class: "quiet", text: `${counted(items.length, "item")} on this page` }),
    query.cursor && make("a", { class: "step", href: href("items", "", { ...query, cursor: "" }), text: "First page" }),
    next && make("a", { class: "step", href: href("items", "", { ...query, cursor: next }), text: "Next page" }))];
}
