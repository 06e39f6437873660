"""`$batch`: single operations and change sets."""

from checks import Steps, equal, holds

STEPS = Steps()


@STEPS("a batch answers reads and writes in their order")
def mixed(world):
    batch = world.client.batch.new()
    batch.records.create("contact", {"lastname": "Batch"})
    batch.records.retrieve("account", world.account, select=["name"])
    batch.records.list("contact", filter="lastname eq 'Batch'", select=["lastname"])
    result = batch.execute()
    equal([one.status_code for one in result.responses], [204, 200, 200], "statuses")
    equal(len(result.entity_ids), 1, "ids of created records")
    equal(result.responses[1].data["name"], "Vega", "the account")
    equal(len(result.responses[2].data["value"]), 1, "contacts")


@STEPS("a change set refers to its own records")
def refer(world):
    batch = world.client.batch.new()
    with batch.changeset() as changes:
        contact = changes.records.create("contact", {"lastname": "First"})
        changes.records.create(
            "account", {"name": "Second", "primarycontactid@odata.bind": contact}
        )
    result = batch.execute()
    holds(not result.has_errors, f"no errors, got {[one.error_message for one in result.failed]}")
    contact, account = result.entity_ids
    found = world.client.records.retrieve("account", account, select=["_primarycontactid_value"])
    equal(found["_primarycontactid_value"], contact, "the reference")


@STEPS("a change set that fails leaves nothing behind")
def atomic(world):
    batch = world.client.batch.new()
    with batch.changeset() as changes:
        changes.records.create("contact", {"lastname": "Undone"})
        changes.records.create("contact", {"nosuchcolumn": "x"})
    result = batch.execute()
    equal([one.is_success for one in result.responses], [False], "answers")
    holds(result.responses[0].error_code, "a code")
    left = world.client.records.list("contact", filter="lastname eq 'Undone'")
    equal(len(left), 0, "contacts of the failed change set")


@STEPS("after an error the rest is done only where that is asked for")
def continued(world):
    for asked, wanted in ((False, [404]), (True, [404, 204])):
        batch = world.client.batch.new()
        batch.records.delete("contact", "00000000-0000-0000-0000-000000000007")
        batch.records.create("contact", {"lastname": "After"})
        result = batch.execute(continue_on_error=asked)
        equal([one.status_code for one in result.responses], wanted, "statuses")
