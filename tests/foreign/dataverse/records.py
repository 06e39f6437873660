"""Records: made, read, changed, deleted; alone, many at once, by alternate key."""

import uuid

from checks import Steps, equal, holds

from .world import refused

STEPS = Steps()


@STEPS("a contact is created, read, changed and deleted")
def contact(world):
    records = world.client.records
    made = records.create("contact", {"firstname": "Rosa", "lastname": "Vega"})
    holds(uuid.UUID(made), "an id")
    found = records.retrieve("contact", made, select=["fullname", "firstname", "emailaddress1"])
    equal((found["fullname"], found["emailaddress1"]), ("Rosa Vega", None), "name and address")
    records.update("contact", made, {"emailaddress1": "rosa@vega.test"})
    found = records.retrieve("contact", made, select=["emailaddress1"])
    equal(found["emailaddress1"], "rosa@vega.test", "address")
    records.delete("contact", made)
    equal(records.retrieve("contact", made), None, "the deleted contact")


@STEPS("a task is made with a regarding record, completed, and keeps both")
def task(world):
    records = world.client.records
    world.account = records.create("account", {"name": "Vega Tools", "accountnumber": "V-1"})
    made = records.create(
        "task",
        {
            "subject": "Call Rosa",
            "scheduledend": "2026-11-30T10:00:00Z",
            "regardingobjectid_account_task@odata.bind": f"/accounts({world.account})",
        },
    )
    records.update("task", made, {"statecode": 1, "statuscode": 5})
    found = records.retrieve(
        "task",
        made,
        select=["subject", "statecode", "scheduledend", "_regardingobjectid_value"],
        include_annotations="*",
    )
    equal(found["scheduledend"], "2026-11-30T10:00:00Z", "due time")
    equal(found["_regardingobjectid_value"], world.account, "regarding")
    label = "@OData.Community.Display.V1.FormattedValue"
    equal((found["statecode"], found[f"statecode{label}"]), (1, "Completed"), "state and its label")
    equal(found[f"_regardingobjectid_value{label}"], "Vega Tools", "name of the regarding record")


@STEPS("an option is written by its label, which the client looks up in the metadata")
def labels(world):
    made = world.client.records.create("task", {"subject": "Urgent", "prioritycode": "High"})
    found = world.client.records.retrieve("task", made, select=["prioritycode"])
    equal(found["prioritycode"], 2, "prioritycode")


@STEPS("an email is made with its parties, and answers them")
def email(world):
    records = world.client.records
    rosa = records.create("contact", {"lastname": "Vega", "emailaddress1": "r@vega.test"})
    parties = [
        {"participationtypemask": 1, "addressused": "ana@foreign.test"},
        {"participationtypemask": 2, "partyid_contact@odata.bind": f"/contacts({rosa})"},
    ]
    made = records.create("email", {"subject": "Offer", "email_activity_parties": parties})
    found = records.retrieve("email", made, expand=["email_activity_parties"])
    shown = {
        one["participationtypemask"]: (one["addressused"], one["_partyid_value"])
        for one in found["email_activity_parties"]
    }
    equal(shown, {1: ("ana@foreign.test", None), 2: ("r@vega.test", rosa)}, "parties")
    equal(records.retrieve("activitypointer", made)["subject"], "Offer", "as an activity")


@STEPS("many records are created and changed in one request each")
def many(world):
    records = world.client.records
    names = [f"Person {number:02}" for number in range(12)]
    made = records.create("contact", [{"lastname": name} for name in names])
    equal(len(set(made)), 12, "ids")
    records.update("contact", made, {"jobtitle": "Buyer"})
    records.update("contact", made[:2], [{"telephone1": "1"}, {"telephone1": "2"}])
    found = records.list("contact", filter="jobtitle eq 'Buyer'", orderby=["lastname asc"])
    equal([one["lastname"] for one in found], names, "names in order")
    equal([one["telephone1"] for one in found][:3], ["1", "2", None], "numbers")


@STEPS("records are deleted one by one where no bulk job is asked for")
def delete_many(world):
    records = world.client.records
    made = records.create("contact", [{"lastname": "Gone"}, {"lastname": "Gone"}])
    records.delete("contact", made, use_bulk_delete=False)
    equal(len(records.list("contact", filter="lastname eq 'Gone'")), 0, "deleted contacts")


@STEPS("an upsert by alternate key changes the one record, or makes it")
def upsert(world):
    records = world.client.records
    for name in ("Vega Tools and Sons", "Vega Tools and Daughters"):
        item = {"alternate_key": {"accountnumber": "V-1"}, "record": {"name": name}}
        records.upsert("account", [item])
    found = records.retrieve("account", world.account, select=["name"])
    equal(found["name"], "Vega Tools and Daughters", "the account that was there")
    items = [
        {"alternate_key": {"accountnumber": "V-1"}, "record": {"name": "Vega"}},
        {"alternate_key": {"accountnumber": "V-2"}, "record": {"name": "Moss"}},
    ]
    records.upsert("account", items)
    found = records.list("account", select=["name"], orderby=["accountnumber asc"])
    equal([one["name"] for one in found], ["Vega", "Moss"], "accounts")


@STEPS("errors have Dataverse's status and code")
def errors(world):
    records = world.client.records
    missing = str(uuid.UUID(int=7))
    equal(records.retrieve("contact", missing), None, "a contact that never was")
    refused(lambda: records.delete("contact", missing), 404, "0x80040217")
    refused(lambda: records.create("contact", {"nosuchcolumn": 1}), 400, None)
    refused(lambda: records.list("contact", filter="lastname eq"), 400, None)
    refused(lambda: records.list("contact", select=["nosuchcolumn"]), 400, None)
    twice = {"name": "Again", "accountnumber": "V-1"}
    refused(lambda: records.create("account", twice), 412, None)
