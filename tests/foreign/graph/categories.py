"""The master list of categories."""

from msgraph.generated.models.category_color import CategoryColor
from msgraph.generated.models.o_data_errors.o_data_error import ODataError
from msgraph.generated.models.outlook_category import OutlookCategory

from checks import Steps, Unexpected, equal, holds

STEPS = Steps()

NAME = "Tracked to the CRM"


@STEPS("a category is created with its colour, and listed")
async def create(world):
    categories = world.ana.outlook.master_categories
    wanted = OutlookCategory(display_name=NAME, color=CategoryColor.Preset9)
    made = await categories.post(wanted)
    holds(made.id, "the new category has an id")
    listed = {one.id: one for one in (await categories.get()).value}
    equal(
        (listed[made.id].display_name, listed[made.id].color), (NAME, CategoryColor.Preset9), "it"
    )


@STEPS("the same name again is a typed error, 409")
async def duplicate(world):
    try:
        await world.ana.outlook.master_categories.post(OutlookCategory(display_name=NAME.upper()))
    except ODataError as error:
        equal(error.response_status_code, 409, "status")
        holds(error.error and error.error.code, "a code")
    else:
        raise Unexpected("the second category was created")


@STEPS("a category changes its colour but not its name, and is deleted")
async def change(world):
    categories = world.ana.outlook.master_categories
    made = await categories.post(OutlookCategory(display_name="Passing"))
    one = categories.by_outlook_category_id(made.id)
    changed = await one.patch(OutlookCategory(color=CategoryColor.Preset3))
    equal((changed.display_name, changed.color), ("Passing", CategoryColor.Preset3), "the category")
    try:
        await one.patch(OutlookCategory(display_name="Lasting"))
    except ODataError as error:
        equal(error.response_status_code, 400, "status of a new name")
    else:
        raise Unexpected("the category took a new name")
    await one.delete()
    names = [one.display_name for one in (await categories.get()).value]
    holds("Passing" not in names, "the deleted category is gone")
