// The scenarios: each plays a story through and says which of its promises held.

import { by, make, say } from "/assets/common/dom.js";
import { ask, isUnknown } from "./server.js";

let isLoaded = false;

/** Draws the scenarios when they are looked at for the first time. */
export async function openScenarios() {
  if (isLoaded) return;
  isLoaded = true;
  const panel = by("scenarios");
  panel.replaceChildren(make("p", { class: "empty", text: "Loading …" }));
  try {
    drawAll(panel, await ask("scenarios"));
  } catch (error) {
    isLoaded = false;
    panel.replaceChildren(isUnknown(error) ? none() : refused(error));
  }
}

const none = () => make("p", { class: "empty", text: "This server has no scenarios. The steps of the Live tab show the same by hand." });

function refused(error) {
  return make(
    "div",
    { class: "notice", data: { mood: "bad" } },
    make("p", { text: `The scenarios cannot be listed: ${error.message} (${error.code ?? "no answer"})` }),
    make("p", { class: "actions" }, make("button", { type: "button", text: "Retry", on: { click: openScenarios } })),
  );
}

function drawAll(panel, scenarios) {
  if (scenarios.length === 0) {
    panel.replaceChildren(none());
    return;
  }
  const all = make("button", { type: "button", text: "Run all" });
  const cards = scenarios.map(card);
  all.addEventListener("click", async () => {
    all.disabled = true;
    let passed = 0;
    for (const one of cards) passed += (await one.run()) ? 1 : 0;
    say(`${passed} of ${cards.length} scenarios passed.`, true);
    all.disabled = false;
  });
  panel.replaceChildren(
    make("div", { class: "head" }, make("h2", { text: "Scenarios" }), all),
    make("p", { class: "quiet", text: "Each plays a story with people and mail of its own and checks what came of it." }),
    make("ul", { class: "cards" }, ...cards.map((one) => one.element)),
  );
}

function card(scenario) {
  const outcome = make("span", { class: "outcome" });
  const list = make("ol", { class: "assertions" });
  const button = make("button", { type: "button", text: "Run", "aria-label": `Run ${scenario.title}` });
  const element = make(
    "li",
    { class: "card" },
    make("div", { class: "head" }, make("h3", { text: scenario.title }), outcome, button),
    scenario.about ? make("p", { text: scenario.about }) : null,
    make("p", { class: "quiet", text: `Promise ${scenario.promise}` }),
    list,
  );

  async function run() {
    button.disabled = true;
    outcome.replaceChildren(mood("wait", "running"));
    say(`Running: ${scenario.title}`, true);
    try {
      const result = await ask(`scenarios/${encodeURIComponent(scenario.id)}`, { method: "POST", body: {} });
      outcome.replaceChildren(result.passed ? mood("good", "passed") : mood("bad", "failed"));
      list.replaceChildren(...result.steps.map(assertion));
      say(`${scenario.title}: ${result.passed ? "passed" : "failed"}`, true);
      return result.passed;
    } catch (error) {
      outcome.replaceChildren(mood("bad", "did not run"));
      list.replaceChildren(make("li", { text: `${error.message} (${error.code ?? "no answer"})` }));
      say(`${scenario.title} did not run: ${error.message}`, true);
      return false;
    } finally {
      button.disabled = false;
    }
  }

  button.addEventListener("click", run);
  return { element, run };
}

const mood = (name, text) => make("span", { class: "state", data: { mood: name }, text });

function assertion(step) {
  return make(
    "li",
    {},
    step.passed ? mood("good", "passed") : mood("bad", "failed"),
    make("span", { text: ` ${step.title}` }),
    step.detail ? make("p", { class: "quiet", text: step.detail }) : null,
  );
}
