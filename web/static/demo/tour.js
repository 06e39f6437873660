// The tour: four steps that say what to do next, and mark where. It never stands in the way.

import { by, keyed, make } from "/assets/common/dom.js";
import { done, steps } from "./steps.js";

const KEY = "earmark.demo.tour";

let at = 0;
let isDismissed = false;
let seen = null;
let coached = null;
let drawn = "";

function restore() {
  try {
    const kept = JSON.parse(sessionStorage.getItem(KEY) ?? "{}");
    if (Number.isInteger(kept.at) && kept.at >= 0 && kept.at < steps.length) at = kept.at;
    isDismissed = kept.isDismissed === true;
    for (const name of Object.keys(done)) done[name] = kept.done?.[name] === true;
  } catch {
    // Without storage the tour begins anew with the page.
  }
}

function keep() {
  try {
    sessionStorage.setItem(KEY, JSON.stringify({ at, isDismissed, done }));
  } catch {
    // The same.
  }
}

/** Shows the tour unless it was dismissed before. */
export function startTour() {
  restore();
  by("tour-start").addEventListener("click", () => {
    isDismissed = false;
    at = 0;
    turn();
  });
}

/** Looks what is done by now and marks where the next thing to do is. */
export function drawTour(now) {
  seen = now;
  for (const step of steps) step.look(now);
  mark(isDismissed ? null : steps[at].target(now));
  const text = JSON.stringify([at, isDismissed, now.failure, steps[at].text(now), done]);
  if (text === drawn) return;
  drawn = text;
  keep();
  draw();
}

function turn(step = at) {
  at = step;
  drawTour(seen);
  if (isDismissed) by("tour-start").focus();
  else by("tour-title").focus();
}

function dismiss() {
  isDismissed = true;
  turn();
}

/** Marks an element as the one to look at. */
function mark(element) {
  if (element === coached) return;
  coached?.removeAttribute("data-coached");
  element?.setAttribute("data-coached", "");
  coached = element;
}

function draw() {
  const box = by("tour");
  box.hidden = isDismissed;
  by("tour-start").hidden = !isDismissed;
  if (isDismissed) return;
  if (!box.firstChild) box.append(...frame());
  const step = steps[at];
  by("tour-title").replaceChildren(make("span", { class: "quiet", text: `Step ${at + 1} of ${steps.length} ` }), step.title);
  by("tour-text").textContent = step.text(seen);
  keyed(by("tour-parts"), step.parts(seen), (part) => part.words, drawPart);
  const action = step.action?.(seen);
  by("tour-action").replaceChildren(action ? actionPart(action) : "");
  by("tour-back").disabled = at === 0;
  by("tour-next").textContent = at === steps.length - 1 ? "Finish" : "Next";
  by("tour-next").classList.toggle("primary", step.parts(seen).every((part) => part.isDone));
}

function frame() {
  const button = (id, text, click) => make("button", { id, type: "button", text, on: { click } });
  return [
    make(
      "div",
      { class: "words" },
      make("h2", { id: "tour-title", tabindex: -1 }),
      make("p", { id: "tour-text" }),
      make("ul", { id: "tour-parts", class: "parts" }),
    ),
    make(
      "p",
      { class: "actions" },
      make("span", { id: "tour-action" }),
      button("tour-back", "Back", () => turn(Math.max(0, at - 1))),
      button("tour-next", "Next", () => (at === steps.length - 1 ? dismiss() : turn(at + 1))),
      button("tour-dismiss", "Dismiss", dismiss),
    ),
  ];
}

function drawPart(item, part) {
  item.dataset.done = String(part.isDone);
  item.replaceChildren(
    make("span", { "aria-hidden": "true", text: part.isDone ? "✓ " : "○ " }),
    part.words,
    make("span", { class: "unseen", text: part.isDone ? " (done)" : " (to do)" }),
  );
}

/** The page is left by this link; what was done is kept for the way back. */
function use(wasUsed) {
  wasUsed();
  keep();
}

function actionPart({ words, run, href, wasUsed }) {
  if (href) return make("a", { class: "button", href, text: words, on: { click: () => use(wasUsed) } });
  return make("button", { type: "button", text: words, on: { click: run } });
}
