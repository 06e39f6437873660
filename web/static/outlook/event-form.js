// A new appointment, meeting or series.
import { make, say } from "/assets/common/dom.js";
import { graph, wordsOf } from "/outlook/graph.js";
import { button, dialog, field } from "/outlook/parts.js";
import { box, session } from "/outlook/session.js";

const DAYS = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"];
/** How often a new series repeats before it ends. */
const TIMES = 10;

/** What `datetime-local` fields hold: a time of the reader without its zone. */
const local = (date) => new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);

/** The next full hour of a day; of today where the week that is shown has it. */
function firstHour(week) {
  const now = new Date();
  const inWeek = now >= week && now - week < 7 * 86_400_000;
  const day = inWeek ? now : week;
  return new Date(day.getFullYear(), day.getMonth(), day.getDate(), inWeek ? now.getHours() + 1 : 9);
}

function recurrence(kind, start) {
  if (kind === "none") return undefined;
  const pattern = kind === "daily" ? { type: "daily", interval: 1 } : { type: "weekly", interval: 1, daysOfWeek: [DAYS[new Date(start).getUTCDay()]] };
  return { pattern, range: { type: "numbered", startDate: start.slice(0, 10), numberOfOccurrences: TIMES } };
}

/** The times as Graph takes them: days are days, times are in UTC. */
function times(from, to, isAllDay) {
  if (!isAllDay) return [new Date(from).toISOString().slice(0, 19), new Date(to).toISOString().slice(0, 19)];
  const last = new Date(`${to.slice(0, 10)}T00:00:00Z`);
  last.setUTCDate(last.getUTCDate() + 1);
  return [`${from.slice(0, 10)}T00:00:00`, last.toISOString().slice(0, 19)];
}

/**
 * Opens the dialog.
 * @param {Date} week the first day of the week that is shown
 * @param {() => void} made called when the event is there
 */
export function newEvent(week, made) {
  const hour = firstHour(week);
  const subject = make("input", { autocomplete: "off", maxlength: 255 });
  const from = make("input", { type: "datetime-local", value: local(hour), required: true });
  const to = make("input", { type: "datetime-local", value: local(new Date(hour.getTime() + 3_600_000)), required: true });
  const place = make("input", { autocomplete: "off" });
  const people = make("input", { autocomplete: "off", inputmode: "email", placeholder: "nobody else" });
  const whole = make("input", { type: "checkbox" });
  const secret = make("input", { type: "checkbox" });
  const repeats = make("select", {}, ...Object.entries({ none: "Once", daily: `Every day, ${TIMES} times`, weekly: `Every week, ${TIMES} times` })
    .map(([value, text]) => make("option", { value, text })));
  const fault = make("p", { class: "fault", role: "alert" });
  const form = make("form", { class: "lines", novalidate: true }, field("Subject", subject), field("Starts", from), field("Ends", to),
    make("div", { class: "actions" }, make("label", { class: "choice" }, whole, "All day"), make("label", { class: "choice" }, secret, "Private")),
    field("Repeats", repeats), field("Where", place), field("Invite", people), fault,
    make("div", { class: "actions" }, make("button", { type: "submit", class: "primary", text: "Save" }), button("Cancel", () => shown.close())));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    fault.textContent = from.value && to.value && (to.value > from.value || whole.checked) ? "" : "The end must come after the start.";
    if (fault.textContent) {
      to.focus();
      return;
    }
    const [start, end] = times(from.value, to.value, whole.checked);
    try {
      await graph(`${box()}/events`, {
        method: "POST",
        body: {
          subject: subject.value.trim(), isAllDay: whole.checked, sensitivity: secret.checked ? "private" : "normal",
          start: { dateTime: start, timeZone: "UTC" }, end: { dateTime: end, timeZone: "UTC" }, recurrence: recurrence(repeats.value, start),
          location: place.value.trim() ? { displayName: place.value.trim() } : undefined,
          attendees: people.value.split(/[;,\s]+/).filter(Boolean).map((address) => ({
            type: "required",
            emailAddress: { address, name: session.people.find((one) => one.mail === address)?.displayName },
          })),
        },
      });
      shown.close();
      say("Saved in the calendar.", true);
      made();
    } catch (error) {
      fault.textContent = wordsOf(error);
    }
  });
  const shown = dialog("New event", form);
  subject.focus();
}
