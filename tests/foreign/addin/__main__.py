"""`python -m addin`: both manifests of a demo."""

import asyncio
import sys

from checks import run
from demo import Demo

from . import manifests


def main():
    """Reads the manifests once and runs the steps."""
    world = manifests.World(Demo())
    return asyncio.run(run(world, manifests.STEPS))


if __name__ == "__main__":
    sys.exit(main())
