// Making it fail on purpose: a plug-in of the CRM that refuses every new email, and the attempts
// that follow without the wait between them.

import { by, make, say } from "/assets/common/dom.js";
import { chosen } from "./mailbox.js";
import { ask, isUnknown } from "./server.js";

/** States in which another attempt is to come. */
const WAITING = new Set(["pending", "retrying"]);

/** Units: times that one press asks for attempts. There are never more attempts than this. */
const ROUNDS_MAX = 12;

/** Whether the server can fail on purpose, and whether it does now. */
export const failure = { isOffered: false, isOn: false };

let look = async () => {};

/** Asks whether the server can fail on purpose and listens to the buttons. */
export async function startFailure(again) {
  look = again;
  by("fail").addEventListener("click", toggle);
  by("hurry").addEventListener("click", hurry);
  try {
    draw(await ask("fail"));
  } catch (error) {
    if (!isUnknown(error)) say(`Making it fail is out of reach: ${error.message}`);
  }
}

function draw({ on }) {
  failure.isOffered = true;
  failure.isOn = on;
  by("fail").hidden = false;
  by("fail").setAttribute("aria-pressed", String(on));
  by("fail").replaceChildren("Make it fail", on ? make("span", { class: "state", data: { mood: "bad" }, text: "on" }) : "");
}

async function toggle() {
  by("fail").disabled = true;
  try {
    draw(await ask("fail", { method: "POST", body: { on: !failure.isOn } }));
    say(failure.isOn ? "From now on a plug-in refuses every new email." : "Mended: new emails are accepted again.", true);
  } catch (error) {
    say(`That did not work: ${error.message}`, true);
  } finally {
    by("fail").disabled = false;
  }
  await look();
}

/** Shows the button for the next attempts where the chosen entry waits for one. */
export function drawHurry(entry) {
  const isWanted = failure.isOffered && WAITING.has(entry?.state);
  if (!isWanted && document.activeElement === by("hurry")) by("reading").focus({ preventScroll: true });
  by("hurry").hidden = !isWanted;
}

/** Runs attempt after attempt until none is left. */
async function hurry() {
  const { mailbox, item } = chosen;
  by("hurry").disabled = true;
  try {
    for (let round = 0; round < ROUNDS_MAX; round += 1) {
      const { attempts, state } = await ask("hurry", { method: "POST", body: { mailbox, item } });
      say(`Attempts: ${attempts}. The item is ${String(state).replaceAll("_", " ")}.`, true);
      await look();
      if (!WAITING.has(state)) break;
    }
  } catch (error) {
    say(`That did not work: ${error.message}`, true);
  } finally {
    by("hurry").disabled = false;
  }
}
