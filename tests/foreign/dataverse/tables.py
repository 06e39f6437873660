"""Metadata that the client reads."""

from checks import Steps, equal, holds

STEPS = Steps()


@STEPS("tables are described by name")
def describe(world):
    found = world.client.tables.get("Task")
    equal(
        (found["table_logical_name"], found["entity_set_name"], found.primary_id_attribute),
        ("task", "tasks", "activityid"),
        "task",
    )
    equal(world.client.tables.get("new_NoSuchTable"), None, "an unknown table")


@STEPS("tables, columns, keys and relationships are listed")
def lists(world):
    tables = world.client.tables
    names = {one["LogicalName"] for one in tables.list(select=["LogicalName", "EntitySetName"])}
    holds({"account", "appointment", "contact", "email", "task"} <= names, "the known tables")
    columns = tables.list_columns("contact", filter="AttributeType eq 'String'")
    holds("lastname" in {one["LogicalName"] for one in columns}, "lastname among the strings")
    holds("birthdate" not in {one["LogicalName"] for one in columns}, "no date among them")
    equal(tables.get_column("contact", "lastname")["AttributeType"], "String", "one column")
    equal(tables.get_column("contact", "nosuchcolumn"), None, "an unknown column")
    keys = tables.get_alternate_keys("account")
    equal([key.key_attributes for key in keys], [["accountnumber"]], "keys")
    related = tables.list_table_relationships("contact", select=["SchemaName"])
    holds("account_primary_contact" in {one["SchemaName"] for one in related}, "relationships")
