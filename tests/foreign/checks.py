"""Steps, run one after the other: one line for each, and the end at the first that fails.

A program that gets to its end prints how many steps it ran. Whoever started it counts the lines
that begin with `ok`, and believes neither an exit code nor a count alone.
"""

import inspect
import sys
import traceback


class Unexpected(Exception):
    """The server answered something else than what is documented."""


class Steps(list):
    """The steps of one module, in the order in which they are written down."""

    def __call__(self, sentence):
        """Adds a function under the sentence that it proves."""

        def add(function):
            self.append((sentence, function))
            return function

        return add


def equal(found, wanted, what):
    """Ends the step unless both are the same."""
    if found != wanted:
        raise Unexpected(f"{what}: expected {wanted!r}, got {found!r}")


def holds(condition, what):
    """Ends the step unless the condition is true."""
    if not condition:
        raise Unexpected(f"expected: {what}")


async def run(world, steps):
    """Runs every step with `world`; the exit code of the program."""
    for sentence, step in steps:
        try:
            result = step(world)
            if inspect.isawaitable(result):
                await result
        except Exception as error:
            print(f"FAILED {sentence}: {error}", flush=True)
            if not isinstance(error, Unexpected):
                traceback.print_exc(file=sys.stdout)
            return 1
        print(f"ok {sentence}", flush=True)
    print(f"done {len(steps)}", flush=True)
    return 0
