"""Subscriptions to change notifications, and what they bring."""

import datetime
import time

from msgraph.generated.models.message import Message
from msgraph.generated.models.subscription import Subscription

from checks import Steps, equal, holds

from .categories import NAME
from .errors import refused
from .receiver import Receiver
from .world import message

STEPS = Steps()

STATE = "a state that only the subscriber knows"

#: Units: seconds within which everything that was announced has to arrive.
PATIENCE = 30


def later(minutes):
    """A moment from now."""
    now = datetime.datetime.now(datetime.UTC).replace(microsecond=0)
    return now + datetime.timedelta(minutes=minutes)


def wanted(world, path="/notify", minutes=60):
    """A subscription to Ana's Inbox."""
    return Subscription(
        change_type="created,updated,deleted",
        resource=f"users/{world.ana_id}/mailFolders('inbox')/messages",
        notification_url=f"{world.receiver.root}{path}",
        expiration_date_time=later(minutes),
        client_state=STATE,
    )


@STEPS("a subscription is made after the handshake, and listed")
async def create(world):
    world.receiver = Receiver()
    asked = wanted(world)
    made = await world.client.subscriptions.post(asked)
    holds(made.id and made.application_id, "id and applicationId")
    equal(made.expiration_date_time, asked.expiration_date_time, "expirationDateTime")
    listed = (await world.client.subscriptions.get()).value
    equal([one.id for one in listed], [made.id], "subscriptions of this application")
    world.subscription_id = made.id
    world.subscription = world.client.subscriptions.by_subscription_id(made.id)
    equal((await world.subscription.get()).resource, asked.resource, "resource")


@STEPS("an address that does not repeat the token gets none")
async def mute(world):
    await refused(world.client.subscriptions.post(wanted(world, "/mute")), 400, "InvalidRequest")
    equal(len((await world.client.subscriptions.get()).value), 1, "subscriptions")


@STEPS("new, changed and deleted messages are announced")
async def announced(world):
    world.demo.deliver(message(40))
    found = expect(world, "created")
    arrived = world.ana.messages.by_message_id(found["resourceData"]["id"])
    equal((await arrived.get()).subject, "Offer 40", "subject of what is announced")
    await arrived.patch(Message(categories=[NAME]))
    equal(expect(world, "updated")["resource"], found["resource"], "resource")
    await arrived.delete()
    expect(world, "deleted")


def expect(world, kind):
    """The next notification of a kind; others may come before it."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        for one in world.receiver.notifications(until - time.monotonic()):
            equal(one["clientState"], STATE, "clientState")
            equal(one["subscriptionId"], world.subscription_id, "subscriptionId")
            if one["changeType"] == kind:
                return one
    holds(False, f"a notification of {kind}")


@STEPS("a subscription is renewed, but not for longer than is allowed")
async def renew(world):
    until = later(120)
    renewed = await world.subscription.patch(Subscription(expiration_date_time=until))
    equal(renewed.expiration_date_time, until, "expirationDateTime")
    too_long = Subscription(expiration_date_time=later(60 * 24 * 30))
    await refused(world.subscription.patch(too_long), 400, "ExtensionError")


@STEPS("a deleted subscription is gone and brings nothing more")
async def delete(world):
    await world.subscription.delete()
    await refused(world.subscription.get(), 404, "ResourceNotFound")
    other = await world.client.subscriptions.post(wanted(world))
    world.subscription_id = other.id
    world.demo.deliver(message(41))
    # Whatever came for the deleted one would have another id.
    expect(world, "created")
    await world.client.subscriptions.by_subscription_id(other.id).delete()
    world.receiver.close()
