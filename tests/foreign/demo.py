"""The server under test, as its starter describes it, and the back door of its sandbox."""

import json
import os
import urllib.error
import urllib.parse
import urllib.request


class Demo:
    """An `earmark demo` that runs on this machine.

    Clients trust its authority through `SSL_CERT_FILE` and `REQUESTS_CA_BUNDLE`, which the
    starter of this program sets: no client is told to skip the verification.
    """

    def __init__(self):
        self.root = os.environ["EARMARK_DEMO"].rstrip("/")
        self.authority = f"{self.root}/login"
        self.graph = f"{self.root}/graph/v1.0"
        self.tenant = "demo"
        self._token = os.environ["EARMARK_DEMO_TOKEN"]

    def control(self, method, path, body=None, media_type="application/json"):
        """One request to `/sandbox/v1/`; its answer, where it has one."""
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body).encode()
        request = urllib.request.Request(
            f"{self.root}/sandbox/v1/{path}",
            data=body,
            method=method,
            headers={"Authorization": f"Bearer {self._token}", "Content-Type": media_type},
        )
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                text = answer.read()
        except urllib.error.HTTPError as error:
            raise RuntimeError(f"{method} {path}: {error.code} {error.read().decode()}") from error
        return json.loads(text) if text else None

    def add_user(self, mail, name, kind="user"):
        """A user with a mailbox; its id."""
        user = {"mail": mail, "displayName": name, "kind": kind}
        return self.control("POST", "users", user)["id"]

    def add_client(self, client_id, **credential):
        """One more application at the token endpoint: `secret=` or `certificate=` (PEM)."""
        self.control("POST", "clients", {"clientId": client_id, **credential})

    def import_message(self, mail, message):
        """A message of the past, put into the Inbox as it is."""
        path = f"users/{urllib.parse.quote(mail)}/import"
        self.control("POST", path, message.as_bytes(), "message/rfc822")

    def deliver(self, message):
        """A message that arrives now."""
        self.control("POST", "deliver", message.as_bytes(), "message/rfc822")
