// The reading pane: headers, categories, attachments and the body of the open message.
import { by, make, say } from "/assets/common/dom.js";
import { showBody } from "/outlook/body.js";
import { chip } from "/outlook/categories.js";
import { download, key, wordsOf } from "/outlook/graph.js";
import { loadAttachments, loadInline, loadMessage, pathOf } from "/outlook/mail-model.js";
import { button, fact, failure, icon, person } from "/outlook/parts.js";
import { box } from "/outlook/session.js";

/** The message that is shown, whole; null where none is. */
export let shown = null;
let turn = 0;

/** Empties the pane. */
export function closeMessage(words = "Choose a message to read it here.") {
  turn += 1;
  shown = null;
  by("message").hidden = true;
  by("reading-empty").hidden = false;
  by("reading-empty").textContent = words;
}

/** The names of the open message's categories. */
export function drawChips() {
  by("message-chips").replaceChildren(...shown.categories.map(chip));
}

const people = (list) => list.map(person).join("; ");

function headers(message) {
  const sent = new Date(message.receivedDateTime);
  by("headers").replaceChildren(
    ...fact("From", person(message.from)),
    ...(message.sender && person(message.sender) !== person(message.from) ? fact("Sent by", person(message.sender)) : []),
    ...fact("To", people(message.toRecipients)),
    ...fact("Cc", people(message.ccRecipients)),
    ...fact("Bcc", people(message.bccRecipients)),
    ...fact(message.isDraft ? "Changed" : "Received", make("time", { datetime: message.receivedDateTime, text: sent.toLocaleString([], { dateStyle: "full", timeStyle: "short" }) })),
  );
}

const size = (bytes) => (bytes < 1024 ? `${bytes} bytes` : bytes < 1048576 ? `${Math.round(bytes / 1024)} KB` : `${(bytes / 1048576).toFixed(1)} MB`);

async function save(message, attachment) {
  try {
    const blob = await download(`${box()}${pathOf(message.id)}/attachments/${key(attachment.id)}/$value`);
    // The bytes are only ever saved: a page or picture of a stranger is not opened here.
    const address = URL.createObjectURL(new Blob([blob], { type: "application/octet-stream" }));
    make("a", { href: address, download: attachment.name }).click();
    setTimeout(() => URL.revokeObjectURL(address), 10_000);
  } catch (error) {
    say(`The attachment was not saved: ${wordsOf(error)}`, true);
  }
}

function attachments(message, list) {
  const files = list.filter((one) => !one.isInline);
  by("attachments").hidden = !files.length;
  by("attachments").replaceChildren(...files.map((one) => {
    const name = one.name || "(no name)";
    const saving = button("", () => save(message, one), { class: "attachment", title: `Save ${name}` });
    saving.append(icon("clip"), make("span", { class: "clip", text: name }), make("span", { class: "quiet", text: ` ${size(one.size)}` }));
    return make("li", {}, saving);
  }));
}

function told(outside) {
  by("body-note").hidden = !outside;
  by("body-note").textContent = outside === 1
    ? "One picture is outside this message and was not loaded."
    : `${outside} pictures are outside this message and were not loaded.`;
}

/**
 * Shows a message.
 * @returns the message, or null where it could not be read or another was chosen meanwhile
 */
export async function openMessage(id) {
  turn += 1;
  const mine = turn;
  const wanted = () => mine === turn;
  try {
    const message = await loadMessage(id);
    if (!wanted()) return null;
    const refersToAttached = message.body.contentType === "html" && /cid:/i.test(message.body.content);
    const [list, inline] = await Promise.all([
      message.hasAttachments || refersToAttached ? loadAttachments(id) : [],
      refersToAttached ? loadInline(id) : [],
    ]);
    if (!wanted()) return null;
    shown = message;
    by("subject").textContent = message.subject || "(no subject)";
    drawChips();
    headers(message);
    attachments(message, list);
    told(0);
    by("reading-empty").hidden = true;
    by("reading-empty").replaceChildren();
    by("message").hidden = false;
    told(await showBody(by("body"), message.body, inline, wanted));
    return wanted() ? message : null;
  } catch (error) {
    if (wanted()) {
      closeMessage("");
      by("reading-empty").replaceChildren(failure("The message could not be read", error, () => openMessage(id)));
    }
    return null;
  }
}
