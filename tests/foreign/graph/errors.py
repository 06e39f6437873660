"""Errors arrive as the SDK's own type, with Graph's codes."""

from msgraph.generated.models.message import Message
from msgraph.generated.models.o_data_errors.o_data_error import ODataError
from msgraph.generated.users.item.messages.messages_request_builder import MessagesRequestBuilder

from checks import Steps, Unexpected, equal, holds

from .world import asking

STEPS = Steps()

Listing = MessagesRequestBuilder.MessagesRequestBuilderGetQueryParameters


async def refused(call, status, code):
    """The error that `call` ends with."""
    try:
        await call
    except ODataError as error:
        equal((error.response_status_code, error.error.code), (status, code), "status and code")
        holds(error.error.message, "a message for people")
        inner = error.error.inner_error
        holds(inner and inner.request_id and inner.date, "innerError with request-id and date")
        return error
    raise Unexpected(f"no error, {status} {code} was expected")


@STEPS("a deleted message is 404 ErrorItemNotFound")
async def gone(world):
    made = await world.ana.messages.post(Message(subject="Short-lived"))
    item = world.ana.messages.by_message_id(made.id)
    await item.delete()
    await refused(item.get(), 404, "ErrorItemNotFound")


@STEPS("a stale If-Match is 412 ErrorIrresolvableConflict, a fresh one is taken")
async def conflict(world):
    made = await world.ana.messages.post(Message(subject="Contended"))
    item = world.ana.messages.by_message_id(made.id)
    stale = {"If-Match": made.additional_data["@odata.etag"]}
    changed = await item.patch(Message(categories=["Red"]), asking(None, headers=stale))
    again = item.patch(Message(categories=[]), asking(None, headers=stale))
    await refused(again, 412, "ErrorIrresolvableConflict")
    fresh = {"If-Match": changed.additional_data["@odata.etag"]}
    changed = await item.patch(Message(categories=[]), asking(None, headers=fresh))
    equal(changed.categories, [], "categories")


@STEPS("a malformed id and a malformed filter are 400")
async def malformed(world):
    broken = world.ana.messages.by_message_id("not an id")
    await refused(broken.get(), 400, "ErrorInvalidIdMalformed")
    try:
        await world.ana.messages.get(asking(Listing, filter="subject eq"))
    except ODataError as error:
        equal(error.response_status_code, 400, "status of the filter")
    else:
        raise Unexpected("the malformed filter was taken")


@STEPS("an order that the filter does not begin with is 400 InefficientFilter")
async def inefficient(world):
    asked = asking(Listing, filter="isRead eq true", orderby=["receivedDateTime desc"])
    await refused(world.ana.messages.get(asked), 400, "InefficientFilter")


@STEPS("an unknown mailbox is 404")
async def unknown(world):
    nobody = world.client.users.by_user_id("nobody@foreign.test")
    await refused(nobody.messages.get(), 404, "ErrorInvalidUser")


@STEPS("a throttled request is repeated after Retry-After by the SDK itself")
async def throttled(world):
    once = {
        "target": "graph",
        "method": "GET",
        "path": "/users/*/outlook/masterCategories",
        "times": 1,
        "fault": {"status": 429, "code": "TooManyRequests", "retryAfter": 1},
    }
    world.demo.control("PUT", "faults", [once])
    world.demo.control("DELETE", "requests")
    listed = await world.ana.outlook.master_categories.get()
    world.demo.control("DELETE", "faults")
    holds(listed.value is not None, "an answer in the end")
    counted = world.demo.control("GET", "requests")["requests"]
    tries = sum(one["count"] for one in counted if "masterCategories" in one["route"])
    equal(tries, 2, "requests, the refused one included")
