"""`orderbuddy doctor`: what keeps orders from being taken."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import typer
from pydantic import ValidationError
from pymongo.errors import PyMongoError

from cli.connection import clock_of, wrong_settings
from cli.output import add_row, say, say_json, show, table
from shared.app import App
from shared.services.upkeep.doctor import AREAS, Finding, Findings, examine
from shared.settings import Settings
from shared.store.mongo.client import allow_long_work, connect


def run_doctor(*, as_json: bool) -> None:
    """Look at everything and print what is wrong; ends with 1 where something is."""
    found = asyncio.run(_examined())
    many = sum(map(len, found.values()))
    if as_json:
        say_json({"good": not many, "areas": {area: _as_json(found.get(area)) for area in AREAS}})
    else:
        _tell(found, many)
    if many:
        raise typer.Exit(1)


async def _examined() -> Findings:
    allow_long_work()
    try:
        settings = Settings.read()
    except ValidationError as error:
        wrong = wrong_settings(error)
        return {"settings": [Finding(name, f"{sentence}.") for name, sentence in wrong.items()]}
    try:
        db = connect(settings)
    except (PyMongoError, ValueError):
        # The driver's own words may repeat the password.
        return {"settings": [Finding("MONGODB_URI", "It is no connection string that can be used.")]}
    app = None
    try:
        app = App.over(db, await clock_of(db, settings), settings)
        return await examine(app)
    except PyMongoError as error:
        return {"settings": [], "database": [Finding("MongoDB", f"It cannot be reached: {type(error).__name__}.")]}
    finally:
        if app is not None:
            await app.close()
        await db.client.close()


def _tell(found: Findings, many: int) -> None:
    told = table("area", "what", "is wrong")
    for area in AREAS:
        findings = found.get(area)
        if findings is None:
            add_row(told, area, "", "not looked at", style="yellow")
        elif not findings:
            add_row(told, area, "", "nothing", style="green")
        for number, finding in enumerate(findings or ()):
            add_row(told, "" if number else area, finding.subject, finding.sentence, style="red")
    show("What keeps orders from being taken", told)
    say(f"{many:,} things are wrong." if many > 1 else "One thing is wrong." if many else "Nothing is wrong.")


def _as_json(findings: Sequence[Finding] | None) -> list[dict[str, str]] | None:
    if findings is None:
        return None
    return [{"subject": each.subject, "sentence": each.sentence} for each in findings]
