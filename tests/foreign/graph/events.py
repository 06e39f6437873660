"""Events: single ones, meetings, series with their instances, views, delta rounds."""

import datetime

from msgraph.generated.models.attendee import Attendee
from msgraph.generated.models.attendee_type import AttendeeType
from msgraph.generated.models.date_time_time_zone import DateTimeTimeZone
from msgraph.generated.models.day_of_week import DayOfWeek
from msgraph.generated.models.email_address import EmailAddress
from msgraph.generated.models.event import Event
from msgraph.generated.models.event_message import EventMessage
from msgraph.generated.models.event_type import EventType
from msgraph.generated.models.patterned_recurrence import PatternedRecurrence
from msgraph.generated.models.recurrence_pattern import RecurrencePattern
from msgraph.generated.models.recurrence_pattern_type import RecurrencePatternType
from msgraph.generated.models.recurrence_range import RecurrenceRange
from msgraph.generated.models.recurrence_range_type import RecurrenceRangeType
from msgraph.generated.models.response_type import ResponseType
from msgraph.generated.users.item.calendar_view.calendar_view_request_builder import (
    CalendarViewRequestBuilder,
)
from msgraph.generated.users.item.calendar_view.delta.delta_request_builder import (
    DeltaRequestBuilder,
)
from msgraph.generated.users.item.events.events_request_builder import EventsRequestBuilder
from msgraph.generated.users.item.events.item.accept.accept_post_request_body import (
    AcceptPostRequestBody,
)
from msgraph.generated.users.item.events.item.instances.instances_request_builder import (
    InstancesRequestBuilder,
)

from checks import Steps, equal, holds

from .categories import NAME
from .errors import refused
from .world import BEN, asking

STEPS = Steps()

Listing = EventsRequestBuilder.EventsRequestBuilderGetQueryParameters
View = CalendarViewRequestBuilder.CalendarViewRequestBuilderGetQueryParameters
Instances = InstancesRequestBuilder.InstancesRequestBuilderGetQueryParameters
Delta = DeltaRequestBuilder.DeltaRequestBuilderGetQueryParameters

#: The zone of all events here; in it clocks go forward on 29 March 2026.
ZONE = "W. Europe Standard Time"

#: Everything here is in this month.
MARCH = {"start_date_time": "2026-03-01T00:00:00Z", "end_date_time": "2026-04-01T00:00:00Z"}


def at(day, hour):
    """An hour of a day of March 2026."""
    return DateTimeTimeZone(date_time=f"2026-03-{day:02}T{hour:02}:00:00", time_zone=ZONE)


def utc(moment):
    """Day and hour of an answered time, which is in UTC unless another zone is asked for."""
    equal(moment.time_zone, "UTC", "zone")
    read = datetime.datetime.fromisoformat(moment.date_time[:19])
    equal((read.year, read.month), (2026, 3), "month")
    return read.day, read.hour


@STEPS("a meeting is created and invites who is to attend")
async def meeting(world):
    ben = Attendee(email_address=EmailAddress(address=BEN), type=AttendeeType.Required)
    made = await world.ana.events.post(
        Event(subject="Review", start=at(3, 14), end=at(3, 15), attendees=[ben], categories=[NAME])
    )
    equal((made.type, made.is_organizer), (EventType.SingleInstance, True), "type and organizer")
    equal((utc(made.start), utc(made.end)), ((3, 13), (3, 14)), "start and end")
    holds(made.i_cal_u_id and made.change_key, "iCalUId and changeKey")
    copies = (await world.ben.events.get()).value
    equal([one.i_cal_u_id for one in copies], [made.i_cal_u_id], "iCalUId of Ben's copy")
    equal((copies[0].is_organizer, copies[0].categories), (False, []), "Ben's copy is his own")
    letters = (await world.ben.messages.get()).value
    invitations = [one for one in letters if one.subject == "Review"]
    equal([isinstance(one, EventMessage) for one in invitations], [True], "invitations")
    world.meeting, world.copy = made.id, copies[0].id


@STEPS("an acceptance reaches the organizer")
async def accept(world):
    copy = world.ben.events.by_event_id(world.copy)
    await copy.accept.post(AcceptPostRequestBody(send_response=True))
    equal((await copy.get()).response_status.response, ResponseType.Accepted, "Ben's answer")
    shown = await world.ana.events.by_event_id(world.meeting).get()
    answers = [(one.email_address.address, one.status.response) for one in shown.attendees]
    equal(answers, [(BEN, ResponseType.Accepted)], "attendees as Ana sees them")


@STEPS("a weekly series keeps its local time when the clocks change")
async def series(world):
    pattern = RecurrencePattern(
        type=RecurrencePatternType.Weekly,
        interval=1,
        days_of_week=[DayOfWeek.Monday],
        first_day_of_week=DayOfWeek.Monday,
    )
    span = RecurrenceRange(
        type=RecurrenceRangeType.Numbered,
        start_date=datetime.date(2026, 3, 2),
        number_of_occurrences=5,
        recurrence_time_zone=ZONE,
    )
    made = await world.ana.events.post(
        Event(
            subject="Weekly",
            start=at(2, 9),
            end=at(2, 10),
            recurrence=PatternedRecurrence(pattern=pattern, range=span),
        )
    )
    equal(made.type, EventType.SeriesMaster, "type")
    equal(made.recurrence.range.number_of_occurrences, 5, "occurrences of the range")
    world.series = made.id
    found = await instances(world)
    starts = [utc(one.start) for one in found]
    equal(starts, [(2, 8), (9, 8), (16, 8), (23, 8), (30, 7)], "days and hours in UTC")
    equal({one.type for one in found}, {EventType.Occurrence}, "types")
    equal({one.series_master_id for one in found}, {made.id}, "masters")


async def instances(world):
    """The instances of the series in March."""
    found = await world.ana.events.by_event_id(world.series).instances.get(
        asking(Instances, **MARCH)
    )
    return sorted(found.value, key=lambda one: one.start.date_time)


@STEPS("a changed instance becomes an exception, a deleted one is gone")
async def exception(world):
    found = await instances(world)
    second = world.ana.events.by_event_id(found[1].id)
    changed = await second.patch(Event(subject="Weekly, moved", start=at(10, 9), end=at(10, 10)))
    equal((changed.type, utc(changed.start)), (EventType.Exception, (10, 8)), "the exception")
    equal(changed.original_start.isoformat(), "2026-03-09T08:00:00+00:00", "originalStart")
    deleted = world.ana.events.by_event_id(found[2].id)
    await deleted.delete()
    found = await instances(world)
    types = [(utc(one.start)[0], one.type) for one in found]
    wanted = [
        (2, EventType.Occurrence),
        (10, EventType.Exception),
        (23, EventType.Occurrence),
        (30, EventType.Occurrence),
    ]
    equal(types, wanted, "days and types")
    await refused(deleted.get(), 404, "ErrorItemNotFound")


@STEPS("events are filtered by category and answered in the zone that is asked for")
async def listing(world):
    found = await world.ana.events.get(
        asking(
            Listing,
            headers={"Prefer": 'outlook.timezone="W. Europe Standard Time"'},
            filter=f"categories/any(c:c eq '{NAME}')",
            select=["subject", "start", "categories"],
        )
    )
    equal([one.subject for one in found.value], ["Review"], "subjects")
    start = found.value[0].start
    equal((start.date_time[:13], start.time_zone), ("2026-03-03T14", ZONE), "start")


@STEPS("the calendar view has instances instead of their master, in pages")
async def view(world):
    asked = asking(View, **MARCH, top=2, select=["subject", "type"], orderby=["start/dateTime"])
    page = await world.ana.calendar_view.get(asked)
    seen = list(page.value)
    while page.odata_next_link:
        page = await world.ana.calendar_view.with_url(page.odata_next_link).get()
        seen += page.value
    subjects = [one.subject for one in seen]
    equal(subjects, ["Weekly", "Review", "Weekly, moved", "Weekly", "Weekly"], "subjects in order")
    holds(EventType.SeriesMaster not in {one.type for one in seen}, "no master in the view")


@STEPS("delta of the view goes to its link, and on from there")
async def delta(world):
    page = await world.ana.calendar_view.delta.get(asking(Delta, **MARCH))
    seen = list(page.value)
    while page.odata_next_link:
        page = await world.ana.calendar_view.delta.with_url(page.odata_next_link).get()
        seen += page.value
    ids = {one.id for one in seen}
    holds({world.meeting, world.series} <= ids, "the meeting and the master in the first round")
    await world.ana.events.by_event_id(world.meeting).patch(Event(categories=[]))
    passing = await world.ana.events.post(Event(subject="New", start=at(20, 9), end=at(20, 10)))
    page = await world.ana.calendar_view.delta.with_url(page.odata_delta_link).get()
    subjects = {one.id: one.subject for one in page.value}
    equal(subjects, {world.meeting: "Review", passing.id: "New"}, "changed and new")
    await world.ana.events.by_event_id(passing.id).delete()
    page = await world.ana.calendar_view.delta.with_url(page.odata_delta_link).get()
    removed = {one.id: "@removed" in one.additional_data for one in page.value}
    equal(removed, {passing.id: True}, "deleted")


@STEPS("a deleted event is 404 ErrorItemNotFound, and its meeting is cancelled for others")
async def delete(world):
    meeting = world.ana.events.by_event_id(world.meeting)
    await meeting.delete()
    await refused(meeting.get(), 404, "ErrorItemNotFound")
    copy = await world.ben.events.by_event_id(world.copy).get()
    equal(copy.is_cancelled, True, "isCancelled of Ben's copy")
