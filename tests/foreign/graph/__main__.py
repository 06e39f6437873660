"""`python -m graph secret|certificate`: all checks with one kind of credential."""

import asyncio
import sys

from checks import run
from demo import Demo

from . import (
    attachments,
    batches,
    categories,
    errors,
    events,
    folders,
    messages,
    subscriptions,
    todo,
    tokens,
)
from .world import World

MODULES = (
    tokens,
    categories,
    messages,
    folders,
    attachments,
    batches,
    errors,
    events,
    todo,
    subscriptions,
)


async def main(kind):
    """The exit code."""
    world = World(Demo(), kind)
    return await run(world, [step for module in MODULES for step in module.STEPS])


if __name__ == "__main__":
    if len(sys.argv) != 2 or sys.argv[1] not in ("secret", "certificate"):
        sys.exit("usage: python -m graph secret|certificate")
    sys.exit(asyncio.run(main(sys.argv[1])))
