"""Tokens through MSAL."""

import logging

from azure.core.exceptions import ClientAuthenticationError
from azure.identity import ClientSecretCredential

from checks import Steps, Unexpected, equal, holds

from .world import ANA

STEPS = Steps()


@STEPS("MSAL gets an application token and keeps it")
def token(world):
    scope = f"{world.demo.root}/graph/.default"
    first = world.credential.get_token(scope)
    equal(first.token.count("."), 2, "parts of the token, a JWT")
    equal(world.credential.get_token(scope).token, first.token, "a second token before expiry")


@STEPS("a wrong secret is refused with AADSTS7000215")
def wrong_secret(world):
    wrong = ClientSecretCredential(
        world.demo.tenant,
        "demo",
        "not the secret",
        authority=world.demo.authority,
        disable_instance_discovery=True,
    )
    # The library warns of what is expected here.
    logging.getLogger("azure.identity").setLevel(logging.ERROR)
    try:
        wrong.get_token(f"{world.demo.root}/graph/.default")
    except ClientAuthenticationError as error:
        holds("AADSTS7000215" in error.message, f"AADSTS7000215 in {error.message!r}")
    else:
        raise Unexpected("a wrong secret gave a token")


@STEPS("the directory lists the users")
async def users(world):
    listed = await world.client.users.get()
    ids = {user.id for user in listed.value}
    holds({world.ana_id, world.ben_id} <= ids, "both users in the list")
    ana = await world.ana.get()
    equal((ana.id, ana.mail, ana.display_name), (world.ana_id, ANA, "Ana Ruiz"), "Ana")
