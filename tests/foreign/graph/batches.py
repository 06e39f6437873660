"""`$batch` through the SDK's builder."""

import json

from kiota_abstractions.serialization import ParseNodeFactoryRegistry
from msgraph.generated.models.message import Message
from msgraph.generated.models.message_collection_response import MessageCollectionResponse
from msgraph.generated.models.o_data_errors.o_data_error import ODataError
from msgraph.generated.models.outlook_category_collection_response import (
    OutlookCategoryCollectionResponse,
)
from msgraph_core.requests.batch_request_content import BatchRequestContent
from msgraph_core.requests.batch_request_item import BatchRequestItem

from checks import Steps, equal, holds

from .categories import NAME

STEPS = Steps()


def batch(**requests):
    """A batch of requests by id."""
    content = BatchRequestContent()
    for name, request in requests.items():
        content.add_request(name, BatchRequestItem(request, id=name))
    return content


async def bodies(world, content):
    """The bodies of a batch's answers by id. The SDK builds and sends the request; of the answer
    its own reader drops every body that is a JSON object (kiota-python, issue 737)."""
    request = await world.client.batch.to_post_request_information(content)
    answer = await world.client.request_adapter.send_primitive_async(request, "bytes", {})
    return {one["id"]: one["body"] for one in json.loads(answer)["responses"]}


def typed(body, kind):
    """A body as the SDK's own type."""
    node = ParseNodeFactoryRegistry().get_root_parse_node(
        "application/json", json.dumps(body).encode()
    )
    return node.get_object_value(kind)


@STEPS("a batch answers each request with its own status")
async def mixed(world):
    made = await world.ana.messages.post(Message(subject="In a batch"))
    item = world.ana.messages.by_message_id(made.id)
    missing = world.client.users.by_user_id("nobody@foreign.test").messages
    content = batch(
        inbox=world.inbox.messages.to_get_request_information(),
        patch=item.to_patch_request_information(Message(categories=[NAME])),
        missing=missing.to_get_request_information(),
    )
    answer = await world.client.batch.post(content)
    wanted = {"inbox": 200, "patch": 200, "missing": 404}
    equal(answer.get_response_status_codes(), wanted, "statuses")
    equal((await item.get()).categories, [NAME], "what the batch wrote")
    await item.delete()


@STEPS("the bodies in a batch are those of single requests")
async def contents(world):
    missing = world.client.users.by_user_id("nobody@foreign.test").messages
    content = batch(
        categories=world.ana.outlook.master_categories.to_get_request_information(),
        inbox=world.inbox.messages.to_get_request_information(),
        missing=missing.to_get_request_information(),
    )
    found = await bodies(world, content)
    listed = typed(found["categories"], OutlookCategoryCollectionResponse)
    holds(NAME in [one.display_name for one in listed.value], "the category in its answer")
    page = typed(found["inbox"], MessageCollectionResponse)
    following = await world.inbox.messages.with_url(page.odata_next_link).get()
    equal((len(page.value), len(following.value)), (10, 10), "messages in two pages")
    equal(typed(found["missing"], ODataError).error.code, "ErrorInvalidUser", "code of the error")


@STEPS("twenty requests fit into one batch")
async def twenty(world):
    names = [f"n{number}" for number in range(BatchRequestContent.MAX_REQUESTS)]
    content = batch(**{name: world.ana.to_get_request_information() for name in names})
    answer = await world.client.batch.post(content)
    wanted = dict.fromkeys(names, 200)
    equal(answer.get_response_status_codes(), wanted, "statuses")
