// Chooses the record that an item is about.

import { keyed, make } from "/assets/common/dom.js";
import { dialog } from "./dialog.js";
import { afterTyping, button, field } from "./parts.js";
import { api, isAbort, withQuery } from "./session.js";
import { capital } from "./words.js";

/** Names of records that were seen, since items know their ids only. */
const names = new Map();

/** The name of a record, if it was seen. */
export const nameOf = (id) => names.get(id);

/** Lets a person search a record. Answers it, or undefined. */
export function chooseRegarding() {
  return dialog("What is it about?", (close) => {
    const search = make("input", { type: "search", autofocus: true, placeholder: "Part of a name" });
    const note = make("p", { class: "quiet", role: "status" });
    const list = make("ul", { class: "choices" });
    let abort;
    async function find() {
      abort?.abort();
      abort = new AbortController();
      note.textContent = "Searching…";
      try {
        const { items, next } = await api(withQuery("/regarding", { q: search.value.trim() }), { signal: abort.signal });
        for (const record of items) names.set(record.id, record.name);
        keyed(list, items, ({ id }) => id, (element, record) => drawRecord(element, record, close));
        note.textContent = items.length
          ? `${items.length} found${next ? "; type more of the name to see others" : ""}.`
          : "No account, contact, opportunity, lead or case has this in its name.";
      } catch (error) {
        if (!isAbort(error)) note.textContent = `The search failed: ${error.message}`;
      }
    }
    search.addEventListener("input", afterTyping(find));
    find();
    return [field("Name", search), note, list,
      make("div", { class: "actions" }, button("Cancel", () => close()))];
  });
}

function drawRecord(element, record, close) {
  element.replaceChildren(make("button", { type: "button", class: "plain", on: { click: () => close(record) } },
    make("span", { text: record.name ?? record.id }),
    make("span", { class: "quiet", text: record.table === "incident" ? "Case" : capital(record.table) })));
}
