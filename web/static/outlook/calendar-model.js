// The week that is shown: its events with their local times, and where each stands in its day.
import { graph, key } from "/outlook/graph.js";
import { box } from "/outlook/session.js";

const LISTED = "id,subject,start,end,isAllDay,isCancelled,sensitivity,type,seriesMasterId,categories,location,showAs,iCalUId";
const SHOWN = `${LISTED},organizer,attendees,bodyPreview,importance,recurrence,responseStatus,isOrganizer,changeKey`;
/** Units: milliseconds by which days without a zone can differ from the reader's. */
const ZONES = 14 * 3_600_000;
const DAY = 86_400_000;

/** The Monday of a day's week, at midnight of the reader. */
export function monday(day) {
  const found = new Date(day.getFullYear(), day.getMonth(), day.getDate());
  found.setDate(found.getDate() - ((found.getDay() + 6) % 7));
  return found;
}

/** A day some days later. */
export const later = (day, days) => new Date(day.getFullYear(), day.getMonth(), day.getDate() + days);

/** A time of Graph: in UTC; that of a whole day is the same day everywhere. */
function instant({ dateTime }, isAllDay) {
  const text = dateTime.slice(0, 19);
  return isAllDay ? new Date(text) : new Date(`${text}Z`);
}

/** An event with its times as dates. */
const timed = (event) => ({ ...event, from: instant(event.start, event.isAllDay), to: instant(event.end, event.isAllDay) });

/** The events of the week that begins on a Monday; series are expanded by the server. */
export async function loadWeek(first) {
  const [from, to] = [new Date(first.getTime() - ZONES), new Date(later(first, 7).getTime() + ZONES)];
  const path = `${box()}/calendarView?startDateTime=${from.toISOString()}&endDateTime=${to.toISOString()}&$orderby=start/dateTime&$top=500&$select=${LISTED}`;
  const answer = await graph(path, { headers: { Prefer: 'outlook.timezone="UTC"' } });
  return answer.value.map(timed).filter((event) => event.from < later(first, 7) && (event.to > first || event.from >= first));
}

/** An event's path below its mailbox. */
export const eventPath = (id) => `/events/${key(id)}`;

/** One event with all its facts. */
export const loadEvent = async (id) =>
  timed(await graph(`${box()}${eventPath(id)}?$select=${SHOWN}`, { headers: { Prefer: 'outlook.timezone="UTC"' } }));

/** The events that touch a day, whole days first. */
export const ofDay = (events, day) => events.filter((event) => event.from < later(day, 1) && (event.to > day || (event.from >= day && event.from.getTime() === event.to.getTime())));

/**
 * Where timed events stand in a day: top and height in hours, and the lane among those at the same time.
 * @returns {Map<string, {top: number, height: number, lane: number, lanes: number}>}
 */
export function places(events, day) {
  const end = later(day, 1);
  const spans = events.filter((event) => !event.isAllDay).map((event) => ({
    id: event.id,
    from: Math.max(event.from, day),
    to: Math.min(Math.max(event.to, event.from.getTime() + 30 * 60_000), end),
  })).sort((a, b) => a.from - b.from || b.to - a.to);
  const found = new Map();
  let cluster = [];
  let until = -Infinity;
  const close = () => {
    const lanes = Math.max(0, ...cluster.map((one) => one.lane + 1));
    for (const one of cluster) {
      found.set(one.id, { top: (one.from - day) / 3_600_000, height: (one.to - one.from) / 3_600_000, lane: one.lane, lanes });
    }
    cluster = [];
  };
  for (const span of spans) {
    if (span.from >= until) close();
    const taken = new Set(cluster.filter((one) => one.to > span.from).map((one) => one.lane));
    span.lane = 0;
    while (taken.has(span.lane)) span.lane += 1;
    cluster.push(span);
    until = Math.max(cluster.length === 1 ? -Infinity : until, span.to);
  }
  close();
  return found;
}

/** How long an event is and when, in words. */
export function when(event) {
  const clock = { hour: "2-digit", minute: "2-digit" };
  const date = { weekday: "short", day: "numeric", month: "short", year: "numeric" };
  if (event.isAllDay) {
    const last = new Date(event.to.getTime() - DAY / 2);
    const one = event.from.toDateString() === last.toDateString() || last < event.from;
    return `${event.from.toLocaleDateString([], date)}${one ? "" : ` – ${last.toLocaleDateString([], date)}`}, all day`;
  }
  const sameDay = event.from.toDateString() === event.to.toDateString();
  const end = sameDay ? event.to.toLocaleTimeString([], clock) : event.to.toLocaleString([], { ...date, ...clock });
  return `${event.from.toLocaleString([], { ...date, ...clock })} – ${end}`;
}
