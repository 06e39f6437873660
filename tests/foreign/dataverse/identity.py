"""Who is asking: MSAL's token, and what is answered without one."""

import uuid

import msal
import requests

from checks import Steps, equal, holds

STEPS = Steps()


@STEPS("a token of MSAL alone is answered by WhoAmI")
def who_am_i(world):
    application = msal.ConfidentialClientApplication(
        "demo",
        client_credential="demo",
        authority=f"{world.demo.authority}/{world.demo.tenant}",
        instance_discovery=False,
    )
    token = application.acquire_token_for_client([f"{world.demo.root}/.default"])
    holds("access_token" in token, f"a token, got {token.get('error_description')}")
    answer = requests.get(
        f"{world.demo.root}/api/data/v9.2/WhoAmI",
        headers={"Authorization": f"Bearer {token['access_token']}"},
        timeout=30,
    )
    equal(answer.status_code, 200, "status")
    for name in ("UserId", "BusinessUnitId", "OrganizationId"):
        holds(uuid.UUID(answer.json()[name]), name)
    again = application.acquire_token_for_client([f"{world.demo.root}/.default"])
    equal(again["access_token"], token["access_token"], "the token from MSAL's cache")


@STEPS("without a token the answer is 401 and says where to get one")
def without(world):
    answer = requests.get(f"{world.demo.root}/api/data/v9.2/contacts", timeout=30)
    equal(answer.status_code, 401, "status")
    challenge = answer.headers.get("WWW-Authenticate", "")
    holds(challenge.startswith("Bearer") and "authorization_uri" in challenge, "a challenge")
