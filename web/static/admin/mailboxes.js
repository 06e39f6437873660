// All mailboxes: how they stand, and acts on many at once.

import { make } from "/assets/common/dom.js";
import { bulkBar } from "./bulk.js";
import { approval, CHANNELS, GROUPS, outcome, standing } from "./mailbox_state.js";
import { afterTyping, button, choice, field, fill, mark, nothing } from "./parts.js";
import { href, refine } from "./place.js";
import { api, withQuery } from "./session.js";
import { table } from "./table.js";
import { counted, ticking, when } from "./words.js";

const SHORT = { incoming: "In", outgoing: "Out", act: "Cal" };

/** The page of all mailboxes. */
export function openMailboxes(again) {
  const chosen = new Set();
  let answer = { items: [], total: 0, next: null };
  let query = {};
  const search = make("input", { type: "search", placeholder: "Part of an address" });
  search.addEventListener("input", afterTyping(() => refine({ q: search.value.trim(), cursor: "" })));
  const state = choice([["", "All states"], ...GROUPS], "", (value) => refine({ state: value, cursor: "" }));
  const kind = choice([["", "All kinds"], ["user", "User"], ["queue", "Queue"]], "", (value) => refine({ kind: value, cursor: "" }));
  const everything = make("input", { type: "checkbox", on: { change: () => {
    for (const { address } of answer.items) {
      if (everything.checked) chosen.add(address);
      else chosen.delete(address);
    }
    draw();
  } } });
  const rest = button("Select all", async () => {
    for (const address of await matching(query)) chosen.add(address);
    draw();
  });
  const clear = button("Clear the selection", () => {
    chosen.clear();
    draw();
  });
  const bulk = bulkBar(() => [...chosen], again);
  const foot = make("div");
  const list = table("Mailboxes", columns(chosen, () => draw()), (mailbox) => mailbox.address);
  const content = make("div", { class: "page" },
    make("div", { class: "filters", role: "search" }, field("Filter", search), field("State", state), field("Kind", kind),
      make("label", { class: "check" }, everything, "Select all that are shown"), rest, clear),
    bulk.element, list.element, foot);

  function draw() {
    const { items, total } = answer;
    list.show(items);
    for (const box of list.element.querySelectorAll("input")) box.checked = chosen.has(box.value);
    list.element.hidden = items.length === 0;
    const chosenShown = items.filter(({ address }) => chosen.has(address)).length;
    everything.checked = items.length > 0 && chosenShown === items.length;
    everything.indeterminate = chosenShown > 0 && chosenShown < items.length;
    rest.hidden = total <= items.length;
    rest.textContent = `Select all ${total} that fit`;
    clear.hidden = chosen.size === 0;
    bulk.update();
    fill(foot, [items.length, total, answer.next, query], () => below(answer, query));
  }

  return {
    title: "Mailboxes",
    content,
    isLive: true,
    async load(place, signal) {
      query = place.query;
      if (document.activeElement !== search) search.value = query.q ?? "";
      state.value = query.state ?? "";
      kind.value = query.kind ?? "";
      answer = await page(query, query.cursor, signal);
      draw();
    },
  };
}

const page = ({ q, state, kind }, cursor, signal) => api(withQuery("/mailboxes", { q, state, kind, cursor }), { signal });

/** The addresses of all mailboxes that fit the filters. */
async function matching(query) {
  const addresses = [];
  let cursor;
  do {
    const { items, next } = await page(query, cursor);
    addresses.push(...items.map(({ address }) => address));
    cursor = next;
  } while (cursor);
  return addresses;
}

function below({ items, total, next }, query) {
  if (items.length) {
    return [make("nav", { class: "actions", "aria-label": "Pages of the list" },
      make("span", { class: "quiet", text: `${counted(total, "mailbox", "mailboxes")}${items.length < total ? `, ${items.length} on this page` : ""}` }),
      query.cursor && make("a", { class: "step", href: href("mailboxes", "", { ...query, cursor: "" }), text: "First page" }),
      next && make("a", { class: "step", href: href("mailboxes", "", { ...query, cursor: next }), text: "Next page" }))];
  }
  if (query.q || query.state || query.kind || query.cursor) {
    return [nothing("No mailbox fits the filters.", make("p", { class: "actions" },
      button("Clear the filters", () => refine({ q: "", state: "", kind: "", cursor: "" }))))];
  }
  return [nothing("No mailbox is known yet.", make("p", {}, "Add the first one with ",
    make("code", { text: "earmark mailbox add ADDRESS" }), "; it is then approved, tested and served."))];
}

function columns(chosen, changed) {
  const pick = ({ address }) => {
    const box = make("input", { type: "checkbox", value: address, "aria-label": `Select ${address}` });
    box.addEventListener("change", () => {
      if (box.checked) chosen.add(address);
      else chosen.delete(address);
      changed();
    });
    return make("span", { class: "target" }, box);
  };
  return [
    { label: "Select", isQuiet: true, of: ({ address }) => address, draw: pick },
    { label: "State", of: standing, draw: (mailbox) => mark(standing(mailbox).mood, standing(mailbox).word) },
    {
      label: "Address",
      of: ({ address, failureCode }) => [address, failureCode],
      draw: ({ address, failureCode }) => make("span", {},
        make("a", { class: "row", href: href("mailboxes", address), text: address }),
        failureCode && make("code", { class: "bad", text: ` ${failureCode}` })),
    },
    { label: "Kind", isShort: true, of: ({ kind }) => kind, draw: ({ kind }) => kind },
    { label: "Last test", of: ({ test }) => test, draw: ({ test }) => tests(test) },
    { label: "Approval", isShort: true, of: approval, draw: approval },
    { label: "Last sync", of: ({ lastSuccess }) => ticking(lastSuccess), draw: ({ lastSuccess }) => when(lastSuccess) },
    { label: "Next run", of: ({ nextCycle }) => ticking(nextCycle), draw: ({ nextCycle }) => when(nextCycle, "none") },
    {
      label: "Items",
      of: ({ tracked, failing, bearers }) => [tracked, failing, bearers],
      draw: ({ tracked, failing, bearers }) => (tracked === undefined
        ? `${bearers} with the category`
        : `${tracked} tracked, ${failing ?? 0} failing`),
    },
  ];
}

function tests(test) {
  return make("span", { class: "chips" }, ...CHANNELS.map(([name, title]) => {
    const [mood, word] = outcome(test[name]);
    return make("span", { class: "state sign", data: { mood }, title: `${title}: ${word}` },
      make("span", { "aria-hidden": "true", text: SHORT[name] }),
      make("span", { class: "unseen", text: `${title}: ${word}. ` }));
  }));
}
