// The calendar view: a week in columns, or a list of days where there is little room.
import { by, make } from "/assets/common/dom.js";
import { chip, colorClass, master } from "/outlook/categories.js";
import { later, loadWeek, monday, ofDay, places } from "/outlook/calendar-model.js";
import { closeEvent, followEvent, makeEventPane, openEvent } from "/outlook/event-pane.js";
import { newEvent } from "/outlook/event-form.js";
import { button, failure, icon, redrawn } from "/outlook/parts.js";
import { openSharing } from "/outlook/sharing.js";
import { session } from "/outlook/session.js";

/** Which hour the week is scrolled to at first, unless something begins earlier. */
const MORNING = 7.5;
/** Below how many hours an event has room for one line. */
const SHORT = 0.75;

const week = { first: monday(new Date()), events: [], drawn: "", opener: null };

const clock = (date) => date.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
const isSame = (a, b) => a.toDateString() === b.toDateString();

/** The colour of an event is that of its first category that has one. */
function colorOf(event) {
  const entries = event.categories.map((name) => master.find((one) => one.displayName.toLowerCase() === name.toLowerCase()));
  return colorClass(entries.find((entry) => entry && entry.color !== "none")?.color);
}

function eventButton(event, place) {
  const subject = event.subject || "(no subject)";
  const choice = make("button", {
    type: "button", class: `event ${colorOf(event)}${event.isCancelled ? " cancelled" : ""}`, "data-part": event.id, data: { id: event.id },
    title: `${subject}${event.location?.displayName ? `, ${event.location.displayName}` : ""}`,
  },
  make("span", { class: "title" }, event.isCancelled && !/^cancell?ed/i.test(subject) && "Cancelled: ", subject),
  make("span", { class: "marks" },
    make("span", { class: "time", text: event.isAllDay ? "All day" : clock(event.from) }),
    event.sensitivity !== "normal" && icon("lock", "Private"),
    (event.type === "occurrence" || event.type === "exception") && icon("again", event.type === "exception" ? "Changed occurrence of a series" : "Part of a series")),
  event.location?.displayName ? make("span", { class: "clip quiet where", text: event.location.displayName }) : null,
  event.categories.length ? make("span", { class: "chips" }, ...event.categories.map(chip)) : null);
  choice.addEventListener("click", () => {
    week.opener = event.id;
    openEvent(event.id);
  });
  const item = make("li", { class: place && place.height < SHORT ? "short" : "" }, choice);
  if (place) {
    item.style.setProperty("--top", place.top);
    item.style.setProperty("--height", place.height);
    item.style.setProperty("--lane", place.lane);
    item.style.setProperty("--lanes", place.lanes);
  }
  return item;
}

function dayColumn(day) {
  const events = ofDay(week.events, day);
  const found = places(events, day);
  const today = isSame(day, new Date());
  const all = events.filter((event) => event.isAllDay);
  const rest = events.filter((event) => !event.isAllDay);
  return make("li", { class: `day${today ? " today" : ""}${events.length ? "" : " free"}` },
    make("h3", {}, make("span", { text: `${day.toLocaleDateString([], { weekday: "short" })} ${day.getDate()}`, title: day.toLocaleDateString([], { dateStyle: "full" }) }), today && make("span", { class: "unseen", text: ", today" })),
    make("ul", { class: "allday", "aria-label": "All day" }, ...all.map((event) => eventButton(event, null))),
    make("ul", { class: "slots", "aria-label": "Timed" }, ...rest.map((event) => eventButton(event, found.get(event.id)))),
    !events.length && make("p", { class: "quiet none", text: "Nothing planned" }));
}

function draw() {
  const text = JSON.stringify([week.first, week.events, master]);
  if (text === week.drawn) return;
  week.drawn = text;
  const hours = make("li", { class: "hours", "aria-hidden": "true" }, ...Array.from({ length: 24 }, (_, hour) =>
    make("span", { text: new Date(2026, 0, 1, hour).toLocaleTimeString([], { hour: "numeric" }) })));
  redrawn(by("week"), [hours, ...Array.from({ length: 7 }, (_, index) => dayColumn(later(week.first, index)))]);
  const last = later(week.first, 6);
  by("week-title").textContent = `${week.first.toLocaleDateString([], { day: "numeric", month: "long" })} – ${last.toLocaleDateString([], { day: "numeric", month: "long", year: "numeric" })}`;
}

/** The hour at which the day begins in what is shown. */
const firstHour = () => Math.min(MORNING, ...week.events.filter((event) => !event.isAllDay).map(({ from }) => from.getHours()));

/** Reads the week again. */
export async function refreshCalendar() {
  const { first } = week;
  const events = await loadWeek(first);
  if (first !== week.first) return;
  week.events = events;
  by("week-note").replaceChildren();
  by("week-count").textContent = events.length ? "" : "Nothing in this week. New event adds something.";
  draw();
  await followEvent(events);
}

/** Shows the calendar; called when the view comes up and when the mailbox is another. */
export async function showCalendar() {
  by("share").hidden = Boolean(session.owner);
  const fresh = !week.drawn;
  try {
    await refreshCalendar();
    const region = by("week").parentElement;
    if (fresh && getComputedStyle(by("week")).display === "grid") region.scrollTop = firstHour() * by("week").querySelector(".hours span").offsetHeight;
  } catch (error) {
    week.drawn = "";
    by("week").replaceChildren();
    by("week-note").replaceChildren(failure(session.owner ? `The calendar of ${session.owner} could not be read` : "The calendar could not be read", error, showCalendar));
  }
}

/** Forgets what is shown, for another mailbox. */
export function resetCalendar() {
  Object.assign(week, { events: [], drawn: "", opener: null });
  by("week").replaceChildren();
  closeEvent();
}

function go(first) {
  week.first = first;
  showCalendar();
}

/** Makes the parts of the view. */
export function makeCalendar() {
  const share = button("Sharing", () => openSharing(), { id: "share", "aria-haspopup": "dialog" });
  by("calendar").replaceChildren(
    make("div", { class: "head" }, make("h2", { id: "week-title", text: "Calendar" }),
      make("span", { id: "week-count", class: "quiet" }),
      make("div", { class: "actions" },
        button("‹", () => go(later(week.first, -7)), { "aria-label": "Week before", title: "Week before" }),
        button("Today", () => go(monday(new Date()))),
        button("›", () => go(later(week.first, 7)), { "aria-label": "Week after", title: "Week after" }), share,
        button("New event", () => newEvent(week.first, () => showCalendar()), { class: "primary", "aria-haspopup": "dialog" }))),
    make("div", { id: "week-note" }),
    make("div", { class: "week-and-event" },
      make("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Week" }, make("ol", { id: "week", class: "week" })),
      make("section", { id: "event", class: "event-pane", "aria-label": "Event", hidden: true })));
  makeEventPane(() => refreshCalendar().catch(() => {}), () => {
    [...by("week").querySelectorAll("button.event")].find((one) => one.dataset.id === week.opener)?.focus();
  });
}
