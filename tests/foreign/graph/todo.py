"""To Do: lists, tasks, linked resources, delta rounds."""

import datetime

from msgraph.generated.models.body_type import BodyType
from msgraph.generated.models.date_time_time_zone import DateTimeTimeZone
from msgraph.generated.models.importance import Importance
from msgraph.generated.models.item_body import ItemBody
from msgraph.generated.models.linked_resource import LinkedResource
from msgraph.generated.models.patterned_recurrence import PatternedRecurrence
from msgraph.generated.models.recurrence_pattern import RecurrencePattern
from msgraph.generated.models.recurrence_pattern_type import RecurrencePatternType
from msgraph.generated.models.recurrence_range import RecurrenceRange
from msgraph.generated.models.recurrence_range_type import RecurrenceRangeType
from msgraph.generated.models.task_status import TaskStatus
from msgraph.generated.models.todo_task import TodoTask
from msgraph.generated.models.todo_task_list import TodoTaskList
from msgraph.generated.models.wellknown_list_name import WellknownListName
from msgraph.generated.users.item.todo.lists.item.tasks.tasks_request_builder import (
    TasksRequestBuilder,
)

from checks import Steps, equal, holds

from .categories import NAME
from .errors import refused
from .world import asking

STEPS = Steps()

Listing = TasksRequestBuilder.TasksRequestBuilderGetQueryParameters


def due(day):
    """A day of March 2026; only the date of it counts."""
    return DateTimeTimeZone(date_time=f"2026-03-{day:02}T00:00:00.0000000", time_zone="UTC")


@STEPS("the default list is there, another is made and renamed")
async def lists(world):
    found = (await world.ana.todo.lists.get()).value
    names = {one.wellknown_list_name for one in found}
    holds(WellknownListName.DefaultList in names, "the default list")
    made = await world.ana.todo.lists.post(TodoTaskList(display_name="Errands"))
    equal((made.is_owner, made.wellknown_list_name), (True, WellknownListName.None_), "list")
    one = world.ana.todo.lists.by_todo_task_list_id(made.id)
    renamed = await one.patch(TodoTaskList(display_name="Visits"))
    equal(renamed.display_name, "Visits", "name")
    world.list = one


@STEPS("a task keeps what it was given")
async def create(world):
    made = await world.list.tasks.post(
        TodoTask(
            title="Visit Rosa",
            body=ItemBody(content="Bring the plan.", content_type=BodyType.Text),
            categories=[NAME],
            importance=Importance.High,
            due_date_time=due(9),
        )
    )
    world.task = world.list.tasks.by_todo_task_id(made.id)
    task = await world.task.get()
    equal((task.title, task.categories), ("Visit Rosa", [NAME]), "title and categories")
    equal((task.importance, task.status), (Importance.High, TaskStatus.NotStarted), "state")
    equal(task.body.content.strip(), "Bring the plan.", "body")
    equal(
        (task.due_date_time.date_time[:10], task.due_date_time.time_zone),
        ("2026-03-09", "UTC"),
        "due",
    )
    holds(isinstance(task.last_modified_date_time, datetime.datetime), "lastModifiedDateTime")
    world.delta = await to_link(world)


async def to_link(world):
    """One whole round of the list's delta; its link."""
    page = await world.list.tasks.delta.get()
    while page.odata_next_link:
        page = await world.list.tasks.delta.with_url(page.odata_next_link).get()
    return page.odata_delta_link


@STEPS("tasks are filtered and paged")
async def listing(world):
    for number in range(5):
        await world.list.tasks.post(TodoTask(title=f"Task {number}"))
    page = await world.list.tasks.get(asking(Listing, top=4))
    seen = list(page.value)
    while page.odata_next_link:
        page = await world.list.tasks.with_url(page.odata_next_link).get()
        seen += page.value
    wanted = sorted(["Visit Rosa"] + [f"Task {number}" for number in range(5)])
    equal(sorted(one.title for one in seen), wanted, "titles")
    found = await world.list.tasks.get(asking(Listing, filter="importance eq 'high'"))
    equal([one.title for one in found.value], ["Visit Rosa"], "important ones")


@STEPS("a linked resource is left on a task, changed and taken off")
async def linked(world):
    resources = world.task.linked_resources
    made = await resources.post(
        LinkedResource(
            application_name="Foreign",
            display_name="In the CRM",
            external_id="a-1",
            web_url="https://crm.foreign.test/a-1",
        )
    )
    found = (await resources.get()).value
    equal([(one.id, one.external_id) for one in found], [(made.id, "a-1")], "linked resources")
    one = resources.by_linked_resource_id(made.id)
    equal((await one.patch(LinkedResource(external_id="a-2"))).external_id, "a-2", "externalId")
    await one.delete()
    equal((await resources.get()).value, [], "linked resources after the deletion")


@STEPS("a task keeps its recurrence, and completing one says when")
async def complete(world):
    weekly = PatternedRecurrence(
        pattern=RecurrencePattern(type=RecurrencePatternType.Daily, interval=7),
        range=RecurrenceRange(type=RecurrenceRangeType.NoEnd, start_date=datetime.date(2026, 3, 2)),
    )
    made = await world.list.tasks.post(
        TodoTask(title="Water plants", due_date_time=due(2), recurrence=weekly)
    )
    kept = (await world.list.tasks.by_todo_task_id(made.id).get()).recurrence
    equal((kept.pattern.type, kept.pattern.interval), (RecurrencePatternType.Daily, 7), "pattern")
    equal(kept.range.start_date, datetime.date(2026, 3, 2), "start of the range")
    done = await world.task.patch(TodoTask(status=TaskStatus.Completed))
    equal(done.status, TaskStatus.Completed, "status")
    holds(done.completed_date_time, "completedDateTime")


@STEPS("delta of a list answers what changed since its link")
async def delta(world):
    gone = await world.list.tasks.post(TodoTask(title="Passing"))
    page = await world.list.tasks.delta.with_url(world.delta).get()
    seen = list(page.value)
    while page.odata_next_link:
        page = await world.list.tasks.delta.with_url(page.odata_next_link).get()
        seen += page.value
    titles = sorted(one.title for one in seen)
    wanted = ["Passing"] + [f"Task {number}" for number in range(5)]
    equal(titles, wanted + ["Visit Rosa", "Water plants"], "titles")
    await world.list.tasks.by_todo_task_id(gone.id).delete()
    page = await world.list.tasks.delta.with_url(page.odata_delta_link).get()
    removed = {one.id: "@removed" in one.additional_data for one in page.value}
    equal(removed, {gone.id: True}, "deleted")


@STEPS("a deleted list is gone with its tasks")
async def delete(world):
    await world.list.delete()
    await refused(world.task.get(), 404, "ErrorItemNotFound")
