// Acts on many mailboxes at once, with a result for each.

import { keyed, make, say } from "/assets/common/dom.js";
import { confirmed } from "./dialog.js";
import { ACTS } from "./mailbox_acts.js";
import { button, mark } from "./parts.js";
import { counted } from "./words.js";

/** How many mailboxes are worked on at the same time. */
const AT_ONCE = 3;

/**
 * The bar of buttons with the list of results.
 * @param {() => string[]} chosen the addresses that are selected now
 * @param {() => Promise<void>} changed called when all is done
 */
export function bulkBar(chosen, changed) {
  const count = make("p", { class: "quiet", text: "Nothing is selected" });
  const results = make("ul", { class: "results" });
  const heading = make("h3", {});
  const stop = button("Stop", () => { isStopped = true; });
  const close = button("Close", () => { panel.hidden = true; }, { class: "plain" });
  const panel = make("section", { class: "card", hidden: true }, heading, results, make("div", { class: "actions" }, stop, close));
  const buttons = ACTS.map((act) => button(act.label, () => begin(act)));
  const element = make("div", { class: "bulk" },
    make("div", { class: "actions", role: "group", "aria-label": "Do with what is selected" }, count, ...buttons), panel);
  let isStopped = false;
  let isRunning = false;

  function update() {
    const number = chosen().length;
    count.textContent = number ? `${number} selected` : "Nothing is selected";
    for (const one of buttons) one.disabled = number === 0 || isRunning;
  }

  async function begin(act) {
    const addresses = chosen();
    const title = `${act.label}: ${counted(addresses.length, "mailbox", "mailboxes")}?`;
    if (act.warning && !await confirmed(title, act.warning, act.label, true)) return;
    isStopped = false;
    isRunning = true;
    update();
    const outcomes = addresses.map((address) => ({ address, mood: "wait", word: "waiting", text: "" }));
    const show = () => {
      const done = outcomes.filter(({ word }) => word !== "waiting" && word !== "running").length;
      heading.textContent = `${act.label}: ${done} of ${outcomes.length}`;
      keyed(results, outcomes, ({ address }) => address, drawOutcome);
    };
    panel.hidden = false;
    stop.hidden = false;
    show();
    const waiting = [...outcomes];
    await Promise.all(Array.from({ length: AT_ONCE }, async () => {
      for (let one = waiting.shift(); one; one = waiting.shift()) {
        if (isStopped) Object.assign(one, { mood: "none", word: "left out", text: "stopped before its turn" });
        else {
          Object.assign(one, { word: "running" });
          show();
          await attempt(act, one, () => { isStopped = true; });
        }
        show();
      }
    }));
    isRunning = false;
    stop.hidden = true;
    const failed = outcomes.filter(({ mood }) => mood === "bad").length;
    say(`${act.label}: ${counted(outcomes.length, "mailbox", "mailboxes")}, ${failed} failed.`, true);
    await changed();
  }

  update();
  return { element, update };
}

async function attempt(act, one, halt) {
  try {
    Object.assign(one, { text: await act.run(one.address), mood: "good", word: "done" });
  } catch (error) {
    Object.assign(one, { mood: "bad", word: "failed", text: error.message });
    if (error.status === 429 || error.status === 401) halt();
  }
}

function drawOutcome(element, { address, mood, word, text }) {
  element.replaceChildren(mark(mood, word), " ", make("strong", { text: address }), text ? ` ${text}` : "");
}
