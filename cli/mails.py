"""`orderbuddy mails`: what mails look like, and addresses that get mails again."""

from __future__ import annotations

from dataclasses import asdict

import typer

from cli.connection import fail, with_app
from cli.output import say, say_json


def show_samples() -> None:
    """Print a mail of each template in each language, as JSON."""
    from shared.domain.letters.samples import samples

    say_json([{"template": one.template, "language": one.language, **asdict(one.written)} for one in samples()])


def allow_address(address: str) -> None:
    """Take an address off the list of those that get no mails; ends with 1 where it is not on it."""
    from shared.domain.contact_texts import is_email
    from shared.services.messages import mailing

    if not is_email(address):
        fail("That is no e-mail address.", 2)
    if not with_app(lambda app: mailing.allow(app, address)):
        say("This address gets mails already.")
        raise typer.Exit(1)
    say("This address gets mails again, where SendGrid's own lists let it: look there, too.")
