"""`python -m dataverse`: all checks."""

import asyncio
import sys

from checks import run
from demo import Demo

from . import batches, identity, queries, records, tables
from .world import World

MODULES = (identity, records, queries, batches, tables)


if __name__ == "__main__":
    steps = [step for module in MODULES for step in module.STEPS]
    sys.exit(asyncio.run(run(World(Demo()), steps)))
