"""What all checks of the Dataverse face share: the credential and the client."""

from azure.identity import ClientSecretCredential
from PowerPlatform.Dataverse.client import DataverseClient
from PowerPlatform.Dataverse.core.errors import HttpError

from checks import Unexpected, equal, holds


class World:
    """The client of the application that the demo comes with."""

    def __init__(self, demo):
        self.demo = demo
        self.credential = ClientSecretCredential(
            demo.tenant,
            "demo",
            "demo",
            authority=demo.authority,
            disable_instance_discovery=True,
        )
        self.client = DataverseClient(demo.root, self.credential)


def refused(call, status, code):
    """The error that `call` ends with; `code` is Dataverse's own, or `None` for any."""
    try:
        call()
    except HttpError as error:
        equal(error.status_code, status, "status")
        found = error.details.get("service_error_code")
        holds(found, "a code of the service")
        if code is not None:
            equal(found, code, "code")
        holds(error.details.get("service_request_id"), "x-ms-service-request-id")
        return error
    raise Unexpected(f"no error, {status} was expected")
