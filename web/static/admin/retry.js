// Retries many items, a hundred in a request, and says how it goes.

import { make, say } from "/assets/common/dom.js";
import { confirmed } from "./dialog.js";
import { button } from "./parts.js";
import { post } from "./session.js";
import { counted, plain } from "./words.js";

/** Units: items in one request. */
const AT_ONCE = 100;

/** The button for a group of items, with its progress. */
export function retryPanel(items, again) {
  const bar = make("progress", { max: items.length, value: 0, "aria-label": "Items that were retried", hidden: true });
  const told = make("p", { role: "status" });
  let isStopped = false;
  const start = button(`Retry all ${items.length}`, run, { class: "primary" });
  const stop = button("Stop", () => { isStopped = true; }, { hidden: true });
  const reload = button("Show the new state", again, { hidden: true });

  async function run() {
    const batches = batched(items);
    const lines = [`${counted(items.length, "item")} in ${counted(batches.length, "request")}, one after the other. It stops by itself if the server asks for a pause.`];
    if (!await confirmed("Retry the whole group?", lines, "Retry all")) return;
    isStopped = false;
    bar.hidden = stop.hidden = false;
    start.disabled = true;
    const states = {};
    let done = 0;
    let ended = "Done";
    for (const batch of batches) {
      if (isStopped) {
        ended = "Stopped";
        break;
      }
      try {
        for (const { state, error } of (await post("/items/retry", batch)).items) {
          const word = error ? "refused" : plain(state);
          states[word] = (states[word] ?? 0) + 1;
        }
      } catch (error) {
        ended = error.status === 429
          ? `The server asks for a pause of ${error.retryAfter || 60} seconds. Stopped`
          : `Stopped, because of: ${error.message} (${error.code})`;
        break;
      }
      done += batch.items.length;
      bar.value = done;
      told.textContent = `${done} of ${items.length}: ${summary(states)}`;
    }
    stop.hidden = true;
    reload.hidden = false;
    start.disabled = false;
    told.textContent = `${ended}. ${done} of ${items.length} retried${done ? `: ${summary(states)}` : ""}.`;
    say(told.textContent, true);
  }

  return make("div", { class: "stack" }, make("p", { class: "actions" }, start, stop, reload), bar, told);
}

function summary(states) {
  return Object.entries(states).map(([word, count]) => `${count} ${word}`).join(", ");
}

/** One request is about one mailbox. */
function batched(items) {
  const byMailbox = Map.groupBy(items, ({ mailbox }) => mailbox);
  return [...byMailbox].flatMap(([mailbox, all]) => Array.from({ length: Math.ceil(all.length / AT_ONCE) }, (_, index) => ({
    mailbox,
    items: all.slice(index * AT_ONCE, (index + 1) * AT_ONCE).map(({ graphId }) => ({ itemId: graphId, idFormat: "restImmutableEntryId" })),
  })));
}
