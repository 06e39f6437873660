"""Queries: filters, order, pages, expansions, FetchXML, SQL."""

from PowerPlatform.Dataverse.models.filters import col

from checks import Steps, equal, holds

STEPS = Steps()


@STEPS("pages follow each other through their links")
def pages(world):
    found = list(
        world.client.records.list_pages(
            "contact",
            filter="startswith(lastname,'Person')",
            select=["lastname"],
            orderby=["lastname desc"],
            page_size=5,
        )
    )
    equal([len(page) for page in found], [5, 5, 2], "records in each page")
    names = [one["lastname"] for page in found for one in page]
    equal(names, [f"Person {number:02}" for number in reversed(range(12))], "names")


@STEPS("the query builder's conditions select what they say")
def builder(world):
    found = (
        world.client.query.builder("contact")
        .select("lastname", "telephone1")
        .where((col("lastname") >= "Person 02") & (col("lastname") < "Person 06"))
        .where(col("telephone1").is_null())
        .order_by("lastname", descending=True)
        .top(3)
        .execute()
    )
    equal([one["lastname"] for one in found], ["Person 05", "Person 04", "Person 03"], "names")
    found = (
        world.client.query.builder("contact").where(col("lastname").in_(["Person 01", "O'Hara"]))
    ).execute()
    equal([one["lastname"] for one in found], ["Person 01"], "names of a list")


@STEPS("a lookup is expanded in one record and in a list")
def expand(world):
    records = world.client.records
    contact = records.list("contact", filter="lastname eq 'Person 00'").first()["contactid"]
    reference = {"primarycontactid@odata.bind": f"/contacts({contact})"}
    records.update("account", world.account, reference)
    found = records.retrieve("account", world.account, expand=["primarycontactid"])
    equal(found["primarycontactid"]["lastname"], "Person 00", "expanded record")
    found = (
        world.client.query.builder("account")
        .select("name")
        .where(col("accountid") == world.account)
        .expand("primarycontactid")
        .execute()
    )
    equal(found.first()["primarycontactid"]["contactid"], contact, "expanded in a list")


@STEPS("FetchXML filters and orders, and is paged by its cookie")
def fetch(world):
    paged = world.client.query.fetchxml(
        """<fetch count="5"><entity name="contact"><attribute name="lastname"/>
             <order attribute="lastname"/>
             <filter><condition attribute="jobtitle" operator="eq" value="Buyer"/></filter>
           </entity></fetch>"""
    )
    sizes, names = [], []
    for page in paged.execute_pages():
        sizes.append(len(page))
        names += [one["lastname"] for one in page]
    equal(sizes, [5, 5, 2], "records in each page")
    equal(names, [f"Person {number:02}" for number in range(12)], "names")


@STEPS("SQL selects, filters and orders")
def sql(world):
    found = world.client.query.sql(
        "SELECT TOP 2 lastname, telephone1 FROM contact WHERE jobtitle = 'Buyer' "
        "ORDER BY lastname DESC"
    )
    equal([one["lastname"] for one in found], ["Person 11", "Person 10"], "names")
    holds(world.client.query.sql_columns("contact"), "columns for SQL")
