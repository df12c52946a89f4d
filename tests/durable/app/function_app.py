"""The function app of the comparison: what the recorded cases call.

The recording had two families of functions. Those with CamelCase names were C#; here they do the same in Python, and so
their texts of errors are Python's. Those that begin with `py_` were Python there too.

An activity that is to end at a certain moment waits for a file in the folder GATES: the driver makes it.
"""

import asyncio
import os
from collections import Counter
from pathlib import Path

import alone
import azure.durable_functions as df
import both
import more

app = df.DFApp()
GATES = Path(os.environ["GATES"])
_calls = Counter()


def activity(*names):
    """Register one function under each of the names."""

    def register(function):
        for name in names:
            app.function_name(name)(app.activity_trigger(input_name="what")(function))
        return function

    return register


async def _gate(name):
    while not (GATES / name).exists():
        await asyncio.sleep(0.01)


@activity("Any", "Note", "py_any")
def same(what):
    return what


@activity("Say", "py_say")
def say(what):
    return f"said {what}"


@activity("Nothing")
def nothing(what):
    return None


@activity("Long")
def long(what):
    return "x" * what


@activity("Boom", "py_boom")
def boom(what):
    raise ValueError(f"activity boom: {what}")


@activity("py_bad")
def bad(what):
    return object()


def _flaky(what):
    _calls[what["key"]] += 1
    number = _calls[what["key"]]
    if number <= what["failures"]:
        raise ValueError(f"attempt {number} failed")
    return f"attempt {number} ok"


@activity("Flaky", "py_flaky")
def flaky(what):
    """Fails the first times that it is called for this key."""
    return _flaky(what)


@activity("FlakySlow")
async def flaky_slow(what):
    await _gate(what)
    return _flaky({"key": what, "failures": 1})


@activity("Unsteady")
def unsteady(what):
    """Fails the first times that it is called for this key, also when this process was killed in between."""
    calls = GATES / f"calls of {what['key']}"
    with calls.open("a") as file:
        file.write("x")
    if calls.stat().st_size <= what["failures"]:
        raise ValueError("not yet")
    return "steady"


@activity("Count")
def count(what):
    """How often it was called for this key."""
    _calls[what] += 1
    return _calls[what]


@activity("Open")
def is_open(what):
    if not (GATES / what).exists():
        raise ValueError(f"the gate {what} is not open")
    return "open"


@activity("Slot")
async def slot(what):
    await _gate(what["gate"])
    return what["number"]


@activity("Sleep", "py_sleep")
async def sleep(what):
    """For so many milliseconds, or until the gate of this name is open."""
    if isinstance(what, str):
        await _gate(what)
    else:
        await asyncio.sleep(what / 1000)
    return "slept"


both.define(app, python=False)
both.define(app, python=True)
alone.define(app)
more.define(app)
