// The facts of one event, and its categories: of this occurrence or of the whole series.
import { by, make } from "/assets/common/dom.js";
import { chip } from "/outlook/categories.js";
import { listChanges } from "/outlook/category-dialog.js";
import { openCategoryMenu } from "/outlook/category-menu.js";
import { eventPath, loadEvent, when } from "/outlook/calendar-model.js";
import { button, fact, failure, person } from "/outlook/parts.js";

/** Dispatches "itemchanged". */
export const eventEvents = new EventTarget();

const open = { id: null, event: null, series: null, scope: "occurrence" };
let after = () => {};
let focusBack = () => {};

const RESPONSES = { accepted: "accepted", declined: "declined", tentativelyAccepted: "tentative", organizer: "organizer", notResponded: "no answer", none: "no answer" };
const SHOW_AS = { free: "Free", tentative: "Tentative", busy: "Busy", oof: "Out of office", workingElsewhere: "Working elsewhere", unknown: "Unknown" };

const target = () => (open.scope === "series" && open.series ? open.series : open.event);

/** What actions are for: the occurrence or the series; null where nothing is open. */
export const shownEvent = () => (open.event ? target() : null);

/** An event as changes of categories take it. */
const asItem = (event) => ({ id: event.id, path: eventPath(event.id), etag: event["@odata.etag"], categories: event.categories });

/** Puts the answers of a change of categories where they are seen. */
export function tookEventCategories(results) {
  for (const { item, ok, categories, etag } of results) {
    if (!ok) continue;
    for (const one of [open.event, open.series]) {
      if (one?.id === item.id) Object.assign(one, { categories, "@odata.etag": etag ?? one["@odata.etag"] });
    }
  }
  if (open.event) draw();
  after();
}

/** The item of the open event for a change of categories. */
export const eventItem = () => asItem(target());

function scopes() {
  if (!open.series) return null;
  const choice = (value, text) => {
    const radio = make("input", { type: "radio", name: "scope", value, "data-part": `scope-${value}` });
    radio.checked = open.scope === value;
    radio.addEventListener("change", () => {
      open.scope = value;
      draw();
      eventEvents.dispatchEvent(new Event("itemchanged"));
    });
    return make("label", { class: "choice" }, radio, text);
  };
  return make("fieldset", {}, make("legend", { text: "Categories of" }), choice("occurrence", "this occurrence"), choice("series", "the series"));
}

function attendees(list) {
  if (!list?.length) return [];
  return fact("Attendees", make("ul", {}, ...list.map((one) =>
    make("li", { text: `${person(one)} (${one.type === "optional" ? "optional, " : ""}${RESPONSES[one.status?.response] ?? "no answer"})` }))));
}

function draw() {
  const { event } = open;
  const marks = [event.isCancelled && "Cancelled", event.sensitivity !== "normal" && "Private", event.isAllDay && "All day",
    open.series && (event.type === "exception" ? "Changed occurrence" : "Occurrence of a series")].filter(Boolean);
  const place = by("event");
  const had = place.contains(document.activeElement) ? document.activeElement.dataset.part : null;
  place.replaceChildren(
    make("div", { class: "actions strip" },
      button("Close", () => {
        closeEvent();
        focusBack();
      }, { "data-part": "close" }),
      button("Categorize", (click) => openCategoryMenu(click.currentTarget, [eventItem()], tookEventCategories), { "aria-haspopup": "menu", "aria-expanded": "false", "data-part": "categorize" })),
    make("h3", { text: event.subject || "(no subject)" }),
    make("p", { class: "chips" }, ...marks.map((text) => make("span", { class: "state", data: { mood: text === "Cancelled" ? "bad" : "none" }, text }))),
    make("div", { class: "chips", role: "group", "aria-label": open.scope === "series" ? "Categories of the series" : "Categories" }, ...target().categories.map(chip)),
    ...[scopes()].filter(Boolean),
    make("dl", { class: "facts" }, ...fact("When", when(event)), ...fact("Where", event.location?.displayName),
      ...fact("Organizer", person(event.organizer)), ...attendees(event.attendees), ...fact("Shown as", SHOW_AS[event.showAs]),
      ...fact("Text", event.bodyPreview)));
  if (had) place.querySelector(`[data-part="${had}"]`)?.focus();
}

/** Opens an event. */
export async function openEvent(id, focus = true) {
  if (id !== open.id) open.scope = "occurrence";
  open.id = id;
  by("event").hidden = false;
  try {
    const event = await loadEvent(id);
    const series = event.seriesMasterId ? await loadEvent(event.seriesMasterId) : null;
    if (open.id !== id) return;
    const isOther = open.event?.id !== event.id;
    Object.assign(open, { event, series });
    draw();
    if (focus) by("event").querySelector("button").focus();
    if (isOther) eventEvents.dispatchEvent(new Event("itemchanged"));
  } catch (error) {
    if (open.id !== id) return;
    open.event = null;
    by("event").replaceChildren(button("Close", closeEvent), failure("The event could not be read", error, () => openEvent(id)));
  }
}

/** Closes the pane. */
export function closeEvent() {
  const was = open.event;
  Object.assign(open, { id: null, event: null, series: null, scope: "occurrence" });
  by("event").hidden = true;
  by("event").replaceChildren();
  if (was) eventEvents.dispatchEvent(new Event("itemchanged"));
}

/** Reads the open event again when the week shows another state of it. */
export async function followEvent(events) {
  const now = events.find((one) => one.id === open.id);
  if (now && open.event && now["@odata.etag"] !== open.event["@odata.etag"]) await openEvent(open.id, false);
}

/** Says what to do after a change, and where the focus goes when the pane closes. */
export function makeEventPane(changed, closed) {
  after = changed;
  focusBack = closed;
  listChanges.addEventListener("change", () => open.event && draw());
}
