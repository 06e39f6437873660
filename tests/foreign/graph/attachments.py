"""Attachments of a draft and of a message that arrived."""

from email.message import EmailMessage

from msgraph.generated.models.file_attachment import FileAttachment
from msgraph.generated.models.message import Message
from msgraph.generated.users.item.messages.messages_request_builder import MessagesRequestBuilder

from checks import Steps, equal, holds

from .world import ANA, asking

STEPS = Steps()

Listing = MessagesRequestBuilder.MessagesRequestBuilderGetQueryParameters

CONTENT = bytes(range(256)) * 40


@STEPS("an attachment of a message that arrived is read byte for byte")
async def arrived(world):
    letter = EmailMessage()
    letter["From"], letter["To"], letter["Subject"] = "carla@elsewhere.test", ANA, "With a file"
    letter.set_content("See the file.")
    letter.add_attachment(CONTENT, maintype="application", subtype="octet-stream", filename="a.bin")
    world.demo.deliver(letter)
    listed = await world.inbox.messages.get(asking(Listing, filter="subject eq 'With a file'"))
    equal([one.has_attachments for one in listed.value], [True], "hasAttachments")
    item = world.ana.messages.by_message_id(listed.value[0].id)
    files = (await item.attachments.get()).value
    holds(isinstance(files[0], FileAttachment), "a fileAttachment")
    equal((files[0].name, files[0].size >= len(CONTENT)), ("a.bin", True), "name and size")
    one = await item.attachments.by_attachment_id(files[0].id).get()
    equal(one.content_bytes, CONTENT, "content")


@STEPS("an attachment is added to a draft and removed again")
async def draft(world):
    made = await world.ana.messages.post(Message(subject="A draft"))
    equal((made.is_draft, made.has_attachments), (True, False), "draft without attachments")
    item = world.ana.messages.by_message_id(made.id)
    added = await item.attachments.post(
        FileAttachment(
            odata_type="#microsoft.graph.fileAttachment",
            name="b.txt",
            content_type="text/plain",
            content_bytes=b"Hello",
        )
    )
    equal((await item.get()).has_attachments, True, "hasAttachments")
    await item.attachments.by_attachment_id(added.id).delete()
    equal((await item.attachments.get()).value, [], "attachments after the removal")
    await item.delete()
