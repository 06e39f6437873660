"""What all checks of the Graph face share: the mailbox, its mail and the client."""

import datetime
from email.message import EmailMessage

from kiota_abstractions.base_request_configuration import RequestConfiguration

from .client import client, credential

ANA = "ana@foreign.test"
BEN = "ben@foreign.test"

#: How many messages of the past are in Ana's Inbox.
IMPORTED = 25

#: When the first of them arrived; each later one a minute after the one before.
FIRST = datetime.datetime(2026, 3, 2, 9, 0, tzinfo=datetime.UTC)


class World:
    """Ana with her Inbox, Ben with an empty one, and the client of an application."""

    def __init__(self, demo, kind):
        self.demo = demo
        self.credential = credential(demo, kind)
        self.client = client(demo, self.credential)
        self.ana_id = demo.add_user(ANA, "Ana Ruiz")
        self.ben_id = demo.add_user(BEN, "Ben Moss")
        for number in range(IMPORTED):
            demo.import_message(ANA, message(number))
        self.ana = self.client.users.by_user_id(ANA)
        self.ben = self.client.users.by_user_id(BEN)
        self.inbox = self.ana.mail_folders.by_mail_folder_id("inbox")


def message(number):
    """Message `number` of the past."""
    arrived = FIRST + datetime.timedelta(minutes=number)
    one = EmailMessage()
    one["From"] = "Carla Stein <carla@elsewhere.test>"
    one["To"] = ANA
    one["Subject"] = f"Offer {number:02}"
    one["Date"] = arrived
    one["Message-ID"] = f"<offer-{number}@elsewhere.test>"
    one.set_content(f"The text of offer {number}.\n")
    return one


def asking(builder, headers=None, **options):
    """The configuration of one request: query options by the SDK's names, and headers."""
    parameters = builder(**options) if options else None
    configuration = RequestConfiguration(query_parameters=parameters)
    for name, value in (headers or {}).items():
        configuration.headers.add(name, value)
    return configuration
