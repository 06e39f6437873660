// The add-in's pane, and what it may ask of the host: the item, the selection, categories, a token.
import { by, make } from "/assets/common/dom.js";
import { addMaster, categorize, loadMaster, master } from "/outlook/categories.js";
import { eventEvents, eventItem, shownEvent, tookEventCategories } from "/outlook/event-pane.js";
import { mailEvents, selectedRows, tookCategories } from "/outlook/mail.js";
import { asItem } from "/outlook/mail-model.js";
import { button } from "/outlook/parts.js";
import { shown } from "/outlook/reading.js";
import { earmarkToken, session } from "/outlook/session.js";

/** The rights of a delegate, as Office counts them: all of them, or to read. */
const ALL = 63;
const READ = 1;

let view = "mail";
const events = new EventTarget();
const tell = (name) => events.dispatchEvent(new Event(name));

const rights = () => ({ owner: session.owner, permissions: session.mayEdit ? ALL : READ });

function message() {
  if (!shown || selectedRows().length > 1) return null;
  return {
    itemType: "message", mode: shown.isDraft ? "compose" : "read", itemId: shown.id, subject: shown.subject ?? "",
    internetMessageId: shown.internetMessageId, conversationId: shown.conversationId, seriesId: null, categories: [...shown.categories], ...rights(),
  };
}

function appointment() {
  const event = shownEvent();
  if (!event) return null;
  return {
    itemType: "appointment", mode: event.isOrganizer ? "compose" : "read", itemId: event.id, subject: event.subject ?? "", internetMessageId: null,
    conversationId: null, seriesId: event.seriesMasterId ?? null, categories: [...event.categories], ...rights(),
  };
}

const item = () => ({ mail: message, calendar: appointment }[view]?.() ?? null);

function selection() {
  if (view !== "mail") return [];
  return selectedRows().map((row) => ({
    itemId: row.id, subject: row.subject ?? "", itemType: "Message", itemMode: "Read", conversationId: row.conversationId,
    internetMessageId: row.internetMessageId, hasAttachment: row.hasAttachments,
  }));
}

/** Changes the categories of the item, as Outlook does it for an add-in. */
async function setCategories(add = [], remove = []) {
  const isMessage = view === "mail";
  const now = item();
  if (!now) throw new Error("No item is open.");
  const results = await categorize([isMessage ? asItem(shown) : eventItem()], { add, remove });
  if (!results[0].ok) throw new Error(`The categories were not changed (${results[0].status}).`);
  if (isMessage) tookCategories(results);
  else tookEventCategories(results);
  return results[0].categories;
}

window.earmarkHost = {
  get user() { return { emailAddress: session.user.mail, displayName: session.user.displayName }; },
  accessToken: earmarkToken,
  get item() { return item(); },
  get selection() { return selection(); },
  setCategories,
  async masterCategories() {
    await loadMaster();
    return master.map((one) => ({ ...one }));
  },
  addMasterCategory: addMaster,
  events,
};

/** Who has signed in, for whom the pane runs; until then an open pane is empty. */
let person = null;

function open(on) {
  const pane = by("pane");
  pane.hidden = !on;
  by("earmark").setAttribute("aria-expanded", String(on));
  pane.replaceChildren(...(on ? [
    make("div", { class: "head" }, make("h2", { text: "Earmark" }), button("Close", () => {
      open(false);
      by("earmark").focus();
    }, { class: "plain", "aria-label": "Close Earmark" })),
    ...(person ? [make("iframe", { src: "/addin/taskpane.html?host=sandbox", title: "Earmark" })] : []),
  ] : []));
}

/** Tells the pane that another view is shown. */
export function paneView(name) {
  if (name === view) return;
  view = name;
  tell("itemchanged");
  tell("selectionchanged");
}

/** Lets the pane run for a person; one that is open starts anew where it ran for another. */
export function paneFor(mail) {
  if (mail === person) return;
  person = mail;
  if (!by("pane").hidden) open(true);
}

/** Starts listening. */
export function makePane() {
  by("earmark").addEventListener("click", () => open(by("pane").hidden));
  for (const name of ["itemchanged", "selectionchanged"]) mailEvents.addEventListener(name, () => tell(name));
  eventEvents.addEventListener("itemchanged", () => tell("itemchanged"));
}
