// The chosen entry: what it says, its categories, and why it is, or is not, tracked.

import { MOODS, by, make, moment, say } from "/assets/common/dom.js";
import { tellDeed } from "./events.js";
import { chipsOf, chosen } from "./mailbox.js";
import { ask } from "./server.js";

let drawn = "";
let look = async () => {};

/** Listens to the two buttons; `again` is called when the category has changed. */
export function startReading(again) {
  look = again;
  by("assign").addEventListener("click", () => setCategory(true));
  by("remove").addEventListener("click", () => setCategory(false));
}

/** Draws the entry; `trackedName` is what the tracking category is called in this mailbox. */
export function drawReading(entry, trackedName) {
  by("assign").disabled = !entry || entry.isAssigned;
  by("remove").disabled = !entry || !entry.isAssigned;
  const text = JSON.stringify([entry, trackedName]);
  if (drawn === text) return;
  drawn = text;
  by("assign").textContent = trackedName ? `Assign “${trackedName}”` : "Assign category";
  by("subject").textContent = entry ? entry.subject || "(no subject)" : "Nothing selected";
  by("addresses").replaceChildren(...(entry?.facts ?? []).flatMap(factParts));
  by("chips").replaceChildren(...chipsOf(entry?.categories ?? []));
  by("state").textContent = entry ? (entry.state || "not_tracked").replaceAll("_", " ") : "–";
  by("state").dataset.mood = MOODS[entry?.state] ?? "none";
  by("reason").textContent = entry?.reason ?? "";
  by("explanation").textContent = entry?.explanation ?? "Select an entry to see why it is, or is not, tracked.";
  by("body").textContent = entry?.body ?? "";
  by("attachments").replaceChildren(
    ...(entry?.attachments ?? []).map((name) => make("li", { text: `File: ${name}` })),
  );
}

function factParts(fact) {
  return [make("dt", { text: fact.name }), make("dd", {}, fact.text ?? moment(fact.at))];
}

/** Assigns or removes the tracking category of the chosen entry, as its owner would. */
async function setCategory(assigned) {
  const { mailbox, kind, item } = chosen;
  by("assign").disabled = true;
  by("remove").disabled = true;
  say(assigned ? "Assigning the category …" : "Removing the category …", true);
  try {
    const { at } = await ask("category", { method: "POST", body: { mailbox, kind, item, assigned } });
    tellDeed(mailbox, item, at, assigned);
    say(assigned ? "Category assigned; tracking follows." : "Category removed; the record stays.", true);
  } catch (error) {
    say(`That did not work: ${error.message}`, true);
  }
  drawn = "";
  await look();
  // The pressed button is disabled now and has lost the focus; its counterpart takes it over.
  const counterpart = by(assigned ? "remove" : "assign");
  if (document.activeElement === document.body && !counterpart.disabled) counterpart.focus();
}
