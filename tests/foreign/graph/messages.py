"""Messages: lists, filters, pages, categories, delta rounds."""

from msgraph.generated.models.body_type import BodyType
from msgraph.generated.models.email_address import EmailAddress
from msgraph.generated.models.item_body import ItemBody
from msgraph.generated.models.message import Message
from msgraph.generated.models.recipient import Recipient
from msgraph.generated.users.item.mail_folders.item.messages.delta.delta_request_builder import (
    DeltaRequestBuilder,
)
from msgraph.generated.users.item.messages.item.message_item_request_builder import (
    MessageItemRequestBuilder,
)
from msgraph.generated.users.item.messages.item.move.move_post_request_body import (
    MovePostRequestBody,
)
from msgraph.generated.users.item.messages.messages_request_builder import MessagesRequestBuilder
from msgraph.generated.users.item.send_mail.send_mail_post_request_body import (
    SendMailPostRequestBody,
)
from msgraph_core.tasks.page_iterator import PageIterator

from checks import Steps, equal, holds

from .categories import NAME
from .world import BEN, FIRST, IMPORTED, asking, message

STEPS = Steps()

Listing = MessagesRequestBuilder.MessagesRequestBuilderGetQueryParameters
Reading = MessageItemRequestBuilder.MessageItemRequestBuilderGetQueryParameters
Delta = DeltaRequestBuilder.DeltaRequestBuilderGetQueryParameters


async def subjects(world, **options):
    """The subjects that a list of Ana's messages answers, in its order."""
    listed = await world.ana.messages.get(asking(Listing, **options))
    return [one.subject for one in listed.value]


@STEPS("the page iterator walks all pages in order")
async def pages(world):
    first = await world.ana.messages.get(
        asking(Listing, top=7, select=["subject"], orderby=["receivedDateTime desc"], count=True)
    )
    equal((len(first.value), first.odata_count), (7, IMPORTED), "first page and count")
    holds(first.odata_next_link, "the first page has a link to the next")
    seen = []
    iterator = PageIterator(first, world.client.request_adapter)
    await iterator.iterate(lambda one: seen.append(one.subject) or True)
    equal(seen, [f"Offer {number:02}" for number in reversed(range(IMPORTED))], "subjects")


@STEPS("$select answers what was asked for, typed")
async def select(world):
    fields = ["subject", "from", "receivedDateTime", "internetMessageId", "isRead"]
    listed = await world.ana.messages.get(
        asking(Listing, filter="subject eq 'Offer 03'", select=fields)
    )
    equal(len(listed.value), 1, "messages with that subject")
    one = listed.value[0]
    equal(one.received_date_time, FIRST.replace(minute=3), "receivedDateTime")
    equal(one.from_.email_address.address, "carla@elsewhere.test", "from")
    equal(one.internet_message_id, "<offer-3@elsewhere.test>", "internetMessageId")
    equal((one.body, one.categories), (None, None), "what was not selected")
    holds(one.id and one.additional_data.get("@odata.etag"), "id and etag are always there")


@STEPS("PATCH sets categories; the filter finds them, with time and read state too")
async def categorize(world):
    listed = await world.inbox.messages.get(
        asking(Listing, filter="subject eq 'Offer 05' or subject eq 'Offer 20'", select=["subject"])
    )
    for one in listed.value:
        item = world.ana.messages.by_message_id(one.id)
        changed = await item.patch(Message(categories=[NAME, "Blue"]))
        equal(changed.categories, [NAME, "Blue"], "categories")
    read = next(one.id for one in listed.value if one.subject == "Offer 20")
    await world.ana.messages.by_message_id(read).patch(Message(is_read=True))
    bears = f"categories/any(c:c eq '{NAME}')"
    equal(sorted(await subjects(world, filter=bears)), ["Offer 05", "Offer 20"], "by category")
    since = FIRST.replace(minute=10).strftime("%Y-%m-%dT%H:%M:%SZ")
    equal(
        await subjects(
            world,
            filter=f"receivedDateTime ge {since} and {bears}",
            orderby=["receivedDateTime desc"],
        ),
        ["Offer 20"],
        "by time and category",
    )
    equal(await subjects(world, filter=f"isRead eq false and {bears}"), ["Offer 05"], "unread")
    equal(await world.ana.messages.count.get(), IMPORTED, "$count")


@STEPS("delta walks the folder to its link")
async def delta(world):
    asked = asking(
        Delta, headers={"Prefer": "odata.maxpagesize=10"}, select=["subject", "categories"]
    )
    page = await world.inbox.messages.delta.get(asked)
    seen, counts = [], []
    while True:
        counts.append(len(page.value))
        seen += page.value
        if not page.odata_next_link:
            break
        page = await world.inbox.messages.delta.with_url(page.odata_next_link).get()
    holds(page.odata_delta_link, "the last page has a delta link")
    equal(sorted(one.subject for one in seen), [f"Offer {n:02}" for n in range(IMPORTED)], "items")
    holds(len(counts) >= 3 and max(counts) <= 10, f"pages of at most ten, got {counts}")
    world.delta_link = page.odata_delta_link
    world.by_subject = {one.subject: one.id for one in seen}


@STEPS("the next round from the link has the new, the changed and the deleted")
async def next_round(world):
    await world.ana.messages.by_message_id(world.by_subject["Offer 01"]).patch(
        Message(categories=["Green"])
    )
    await world.ana.messages.by_message_id(world.by_subject["Offer 02"]).delete()
    world.demo.deliver(message(IMPORTED))
    page = await world.inbox.messages.delta.with_url(world.delta_link).get()
    holds(page.odata_delta_link, "a new delta link")
    found = {one.id: one for one in page.value}
    equal(found[world.by_subject["Offer 01"]].categories, ["Green"], "the changed message")
    removed = found[world.by_subject["Offer 02"]].additional_data.get("@removed")
    holds(removed is not None, "@removed on the deleted message")
    new = [one for one in page.value if one.subject == f"Offer {IMPORTED}"]
    equal((len(page.value), len(new)), (3, 1), "entries, and new ones")
    quiet = await world.inbox.messages.delta.with_url(page.odata_delta_link).get()
    equal(quiet.value, [], "a round without a change")


@STEPS("immutable ids survive a move")
async def immutable(world):
    headers = {"Prefer": 'IdType="ImmutableId"'}
    listed = await world.ana.messages.get(
        asking(Listing, headers=headers, filter="subject eq 'Offer 09'", select=["subject"])
    )
    item = world.ana.messages.by_message_id(listed.value[0].id)
    moved = await item.move.post(
        MovePostRequestBody(destination_id="archive"), asking(None, headers=headers)
    )
    equal(moved.id, listed.value[0].id, "id after the move")
    again = await item.get(asking(Reading, headers=headers, select=["parentFolderId"]))
    archive = await world.ana.mail_folders.by_mail_folder_id("archive").get()
    equal(again.parent_folder_id, archive.id, "folder after the move")


@STEPS("a message that is sent arrives, and is kept in Sent Items")
async def send(world):
    to_ben = Recipient(email_address=EmailAddress(address=BEN))
    text = ItemBody(content_type=BodyType.Text, content="See you at nine.")
    letter = Message(subject="Tomorrow", body=text, to_recipients=[to_ben])
    await world.ana.send_mail.post(SendMailPostRequestBody(message=letter, save_to_sent_items=True))
    inbox = world.ben.mail_folders.by_mail_folder_id("inbox")
    arrived = (await inbox.messages.get()).value
    equal([one.subject for one in arrived], ["Tomorrow"], "Ben's Inbox")
    sent = world.ana.mail_folders.by_mail_folder_id("sentitems")
    kept = (await sent.messages.get()).value
    equal(
        [one.internet_message_id for one in kept],
        [arrived[0].internet_message_id],
        "Ana's Sent Items",
    )
