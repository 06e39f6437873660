"""Mail folders."""

from msgraph.generated.models.mail_folder import MailFolder
from msgraph.generated.users.item.mail_folders.mail_folders_request_builder import (
    MailFoldersRequestBuilder,
)

from checks import Steps, equal, holds

from .world import asking

STEPS = Steps()

Listing = MailFoldersRequestBuilder.MailFoldersRequestBuilderGetQueryParameters


@STEPS("well-known folders answer to their names")
async def well_known(world):
    inbox = await world.inbox.get()
    equal(inbox.display_name, "Inbox", "name")
    holds(inbox.total_item_count > 0, "items in the Inbox")
    listed = await world.ana.mail_folders.get(asking(Listing, top=100, select=["displayName"]))
    ids = {one.id for one in listed.value}
    holds(inbox.id in ids, "the Inbox in the list")


@STEPS("a child folder is created, found, renamed and deleted")
async def child(world):
    made = await world.inbox.child_folders.post(MailFolder(display_name="Suppliers"))
    holds((await world.inbox.get()).child_folder_count == 1, "one child")
    children = await world.inbox.child_folders.get()
    equal([one.display_name for one in children.value], ["Suppliers"], "children")
    one = world.ana.mail_folders.by_mail_folder_id(made.id)
    equal((await one.patch(MailFolder(display_name="Vendors"))).display_name, "Vendors", "name")
    await one.delete()
    equal((await world.inbox.child_folders.get()).value, [], "children after the deletion")


@STEPS("folder delta ends with a link that answers new folders")
async def delta(world):
    page = await world.ana.mail_folders.delta.get()
    seen = list(page.value)
    while page.odata_next_link:
        page = await world.ana.mail_folders.delta.with_url(page.odata_next_link).get()
        seen += page.value
    holds(any(one.display_name == "Inbox" for one in seen), "the Inbox in the first round")
    made = await world.ana.mail_folders.post(MailFolder(display_name="Later"))
    page = await world.ana.mail_folders.delta.with_url(page.odata_delta_link).get()
    holds(made.id in {one.id for one in page.value}, "the new folder in the next round")
