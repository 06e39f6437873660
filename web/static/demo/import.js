// Bringing one's own mail and appointments: files dropped onto the mailbox or chosen.

import { by, make, say } from "/assets/common/dom.js";
import { FILES_MAX, droppedFiles, typeOf } from "./dropped.js";
import { chosen } from "./mailbox.js";
import { headers } from "./server.js";

/** Units: refusals of one file that are listed. */
const REASONS_MAX = 5;

let look = async () => {};

/** Listens to the button and to drops; `again` is called when something was imported. */
export function startImport(again) {
  look = again;
  const pane = by("mailbox-pane");
  let depth = 0;
  const hover = (step) => {
    depth = Math.max(0, depth + step);
    pane.classList.toggle("over", depth > 0);
  };
  by("import").addEventListener("click", () => by("files").click());
  by("files").addEventListener("change", (event) => {
    const files = [...event.target.files].slice(0, FILES_MAX);
    event.target.value = "";
    importAll(files);
  });
  pane.addEventListener("dragenter", (event) => {
    event.preventDefault();
    hover(1);
  });
  pane.addEventListener("dragleave", () => hover(-1));
  pane.addEventListener("dragover", (event) => event.preventDefault());
  pane.addEventListener("drop", async (event) => {
    event.preventDefault();
    hover(-depth);
    try {
      await importAll(await droppedFiles(event.dataTransfer));
    } catch (error) {
      say(`What was dropped cannot be read: ${error.message}`, true);
    }
  });
  // A file that misses the pane would otherwise take the place of the page.
  for (const name of ["dragover", "drop"]) window.addEventListener(name, (event) => event.preventDefault());
}

/** Imports one file after another and says what came of each. */
async function importAll(files) {
  if (files.length === 0) return;
  const mailbox = chosen.mailbox;
  const lines = files.map((file) => ({ file, ...line(file) }));
  const done = make("button", { type: "button", class: "plain", text: "Clear", disabled: true });
  done.addEventListener("click", () => {
    by("imports").replaceChildren();
    by("imports").hidden = true;
    by("import").focus();
  });
  by("imports").replaceChildren(...lines.map((one) => one.element), make("li", {}, done));
  by("imports").hidden = false;
  say(`Importing ${files.length} ${files.length === 1 ? "file" : "files"} …`, true);
  const totals = { imported: 0, skipped: 0, refused: 0 };
  for (const one of lines) await importOne(mailbox, one, totals);
  done.disabled = false;
  say(`Imported ${totals.imported}, skipped ${totals.skipped}, files refused ${totals.refused}.`, true);
  await look();
}

function line(file) {
  const progress = make("progress", { max: 1, value: 0, "aria-label": `Import of ${file.name}` });
  const result = make("span", { class: "quiet", text: "waiting" });
  const reasons = make("ul");
  const element = make("li", {}, make("span", { class: "clip", text: file.name }), progress, result, reasons);
  return { element, progress, result, reasons };
}

async function importOne(mailbox, { file, progress, result, reasons }, totals) {
  const type = typeOf(file);
  if (!type) {
    totals.refused += 1;
    progress.remove();
    result.textContent = "Refused: only .eml, .mbox and .ics can be imported.";
    return;
  }
  result.textContent = "sending";
  const { status, answer } = await send(mailbox, file, type, (part) => {
    progress.value = part;
    if (part === 1) result.textContent = "reading";
  });
  progress.value = 1;
  const skipped = answer?.skipped ?? [];
  if (status === 201) {
    totals.imported += answer.imported;
    totals.skipped += skipped.length;
    result.textContent = `Imported ${answer.imported}, skipped ${skipped.length}.`;
    drawReasons(reasons, skipped);
    return;
  }
  totals.refused += 1;
  result.textContent = status === 404
    ? "Refused: this server takes no files here; the command “earmark import” does."
    : `Refused: ${answer?.detail ?? (status ? `the server answered ${status}` : "the server cannot be reached")}`;
  drawReasons(reasons, answer?.errors ?? skipped);
}

/** Sends a file as it is; `moved` hears which part of it is over. */
function send(mailbox, file, type, moved) {
  return new Promise((settled) => {
    const sending = new XMLHttpRequest();
    sending.open("POST", `/demo/api/import?mailbox=${encodeURIComponent(mailbox)}`);
    for (const [name, value] of Object.entries({ ...headers, "Content-Type": type })) sending.setRequestHeader(name, value);
    sending.upload.addEventListener("progress", (event) => {
      if (event.lengthComputable) moved(event.loaded / event.total);
    });
    sending.addEventListener("load", () => settled({ status: sending.status, answer: parsed(sending.responseText) }));
    sending.addEventListener("error", () => settled({ status: 0, answer: null }));
    sending.send(file);
  });
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function drawReasons(list, reasons) {
  list.replaceChildren(...reasons.slice(0, REASONS_MAX).map((one) => make("li", { text: reasonWords(one) })));
  if (reasons.length > REASONS_MAX) list.append(make("li", { text: `and ${reasons.length - REASONS_MAX} more` }));
}

/** A refusal in words: which entry, and why, as far as the server says. */
function reasonWords(one) {
  if (typeof one === "string") return one;
  const which = one.subject ?? one.messageId ?? one.entry ?? one.index ?? one.line ?? "";
  const why = one.reason ?? one.detail ?? one.message ?? "";
  return [which, why].filter((part) => part !== "").join(": ") || JSON.stringify(one);
}
