// The demo's page: a mailbox, the CRM's timeline and what happens between them, looked at every
// second. Everything from outside is put into the page as text, never as markup.

import { by, say } from "/assets/common/dom.js";
import { lookForEvents } from "./events.js";
import { drawHurry, failure, startFailure } from "./failure.js";
import { startImport } from "./import.js";
import { chosen, drawMailbox, startMailbox } from "./mailbox.js";
import { drawReading, startReading } from "./reading.js";
import { openScenarios } from "./scenarios.js";
import { ask } from "./server.js";
import { startTabs } from "./tabs.js";
import { drawTimeline } from "./timeline.js";
import { drawTour, startTour } from "./tour.js";

const POLL_MS = 1000;

let isLive = true;
let isAsking = false;
let failures = 0;

/** Asks for everything that the page shows and draws it. */
async function look() {
  if (isAsking) return;
  isAsking = true;
  // Something else was chosen while the answer was under way.
  let isOld = false;
  try {
    const query = new URLSearchParams(chosen);
    const [state] = await Promise.all([ask(`state?${query}`), lookForEvents()]);
    isOld = query.toString() !== new URLSearchParams(chosen).toString();
    const isOther = chosen.mailbox && state.mailbox !== chosen.mailbox;
    if (!isOther) draw(state, isOld);
    failures = 0;
  } catch (error) {
    failures += 1;
    if (failures > 1) say(`The live view is interrupted: ${error.message}`, failures === 2);
  } finally {
    isAsking = false;
  }
  if (isOld) await look();
}

function draw(state, isOld) {
  // The first answer says whose mailbox is shown.
  const isFirst = !chosen.mailbox;
  drawMailbox(state);
  if (!isOld || isFirst) {
    drawReading(state.selected, state.trackedName);
    drawHurry(state.selected);
  }
  drawTimeline(state.timeline);
  drawTour({ state, entry: state.selected, failure });
  const tracked = state.entries.filter((entry) => entry.state === "tracked").length;
  say(`${state.entries.length} entries, ${tracked} tracked, ${state.timeline.length} records`, failures > 0);
}

by("pause").addEventListener("click", () => {
  isLive = !isLive;
  by("pause").setAttribute("aria-pressed", String(!isLive));
  by("pause").textContent = isLive ? "Pause live view" : "Resume live view";
  say(isLive ? "The live view goes on." : "The live view is paused.", true);
});

startMailbox(look);
startReading(look);
startImport(look);
startTour();
startTabs(document.querySelector('[role="tablist"]'), (panel) => {
  if (panel.id === "scenarios") openScenarios();
});
startFailure(look);
await look();
setInterval(() => {
  if (isLive && !document.hidden) look();
}, POLL_MS);
