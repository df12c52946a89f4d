"""The commands and their options. Each loads its work when it runs, so that `--help` is quick."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Annotated

import typer

from shared.money import tax_percent

app = typer.Typer(
    name="orderbuddy",
    help="OrderBuddy: QR-code ordering for restaurants.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
db_app = typer.Typer(help="The database.", no_args_is_help=True)
seed_app = typer.Typer(help="Data to begin with.", no_args_is_help=True)
menu_app = typer.Typer(help="Menus.", no_args_is_help=True)
checkout_app = typer.Typer(help="Checkouts and their payments.", no_args_is_help=True)
files_app = typer.Typer(help="Pictures of menus and logos.", no_args_is_help=True)
mails_app = typer.Typer(help="Mails.", no_args_is_help=True)
privacy_app = typer.Typer(help="Diners' data: handed out, erased, and not kept for ever.", no_args_is_help=True)
push_app = typer.Typer(help="Pushes.", no_args_is_help=True)
pages_app = typer.Typer(help="The pages for browsers.", no_args_is_help=True)
credentials_app = typer.Typer(help="Merchants' accounts at the payment gateway.", no_args_is_help=True)
app.add_typer(credentials_app, name="credentials")
app.add_typer(db_app, name="db")
app.add_typer(seed_app, name="seed")
app.add_typer(menu_app, name="menu")
app.add_typer(checkout_app, name="checkout")
app.add_typer(pages_app, name="pages")
app.add_typer(privacy_app, name="privacy")
app.add_typer(files_app, name="files")
app.add_typer(mails_app, name="mails")
app.add_typer(push_app, name="push")


def _percent(text: str) -> Decimal:
    percent = tax_percent(text)
    if percent is None:
        raise typer.BadParameter(f"{text!r} is not a percentage from 0 to 100, such as 8.875.")
    return percent


def _file_or_dash(text: str) -> Path:
    # Typer's own check takes a dash for a file's name.
    path = Path(text)
    if text != "-" and not path.is_file():
        raise typer.BadParameter(f"There is no file {text!r}.")
    return path


CheckoutId = Annotated[
    str,
    typer.Argument(
        metavar="ID",
        help="The id of the preview (which is the order's) or of the payment, the gateway's id; or, of the last two "
        "days, the order's code or the last 4 or more digits of the customer's phone.",
    ),
]
EngineUrl = Annotated[
    str | None,
    typer.Option(
        "--engine",
        metavar="URL",
        envvar="ORDERBUDDY_ENGINE_URL",
        help="The durable engine's management API, .../runtime/webhooks/durabletask; its key in ORDERBUDDY_ENGINE_KEY.",
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for scripts, and nothing else.")]


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []})
def up(context: typer.Context) -> None:
    """Start the local stack: the same as `python -m local up`, with the same options."""
    from cli.up import become_local_stack

    become_local_stack(context.args)


@app.command("audit")
def audit(
    settle: Annotated[
        float, typer.Option(min=0, max=3600, help="Wait up to so many seconds until nothing is on its way.")
    ] = 0,
    *,
    gateway: Annotated[
        bool,
        typer.Option(
            "--gateway/--no-gateway", help="Look up each payment at the payment gateway, or compare documents only."
        ),
    ] = True,
    ledger: Annotated[
        str | None, typer.Option(metavar="URL", help="Read the local stack's ledger instead of looking up.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Check the seven things that must be true of every order and payment; ends with 1 where one is not."""
    from cli.audit import run_audit

    run_audit(settle_seconds=settle, gateway=gateway, ledger_url=ledger, as_json=as_json)


@app.command("doctor")
def doctor(as_json: AsJson = False) -> None:
    """Say what keeps orders from being taken: settings, database, indexes, locations, menus; ends with 1 where
    something is wrong."""
    from cli.doctor import run_doctor

    run_doctor(as_json=as_json)


@app.command("reconcile")
def reconcile(
    after_restore: Annotated[
        str | None,
        typer.Option(
            metavar="SINCE",
            help="The database was restored to this moment (2026-11-24T12:30:00Z): look up at the gateway what was "
            "charged and given back since, before the app takes orders again.",
        ),
    ] = None,
    engine: EngineUrl = None,
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="With --after-restore: ask, and change nothing.")] = False,
) -> None:
    """Look up and give back payments that are due, as the reconciler does every minute; safe at any time."""
    from cli.reconcile import reconcile_after_restore, reconcile_now

    if after_restore is not None:
        reconcile_after_restore(after_restore, engine, dry_run=dry_run)
    else:
        reconcile_now()


@db_app.command("indexes")
def db_indexes() -> None:
    """Create the indexes that the app needs; safe to run at any time."""
    from cli.db import make_indexes

    make_indexes()


@db_app.command("validators")
def db_validators() -> None:
    """Have MongoDB warn, in its log, of documents that are not as the app or the original writes them."""
    from cli.db import make_validators

    make_validators()


@db_app.command("prepare")
def db_prepare() -> None:
    """Both: what a database needs before the app uses it."""
    from cli.db import prepare

    prepare()


@seed_app.command("demo")
def seed_demo(as_json: AsJson = False) -> None:
    """Put the demo restaurants, their menus and their people into the database; safe to run again."""
    from cli.seed import seed

    seed(as_json=as_json)


@menu_app.command("import")
def menu_import(
    file: Annotated[
        Path,
        typer.Argument(
            parser=_file_or_dash,
            metavar="FILE",
            help="A schema.org/Menu as JSON-LD, or a saved page that carries one; - reads standard input.",
        ),
    ],
    *,
    restaurant: Annotated[str, typer.Option(help="The restaurant's id.")],
    location: Annotated[str, typer.Option(help="The location's id.")],
    menu_slug: Annotated[
        str | None, typer.Option(help="Which menu of the location it is; by default made from its name.")
    ] = None,
    tax: Annotated[
        Decimal | None, typer.Option(parser=_percent, metavar="PERCENT", help="The sales tax, such as 8.875.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would happen, and change nothing.")] = False,
    replace: Annotated[
        bool, typer.Option("--replace", help="Also where the menu that is there has none of the file's items.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask about a sales tax below 1 percent.")] = False,
) -> None:
    """Read a menu from a file: a new one, or over the same menu as it is now. What staff set stays."""
    from cli.menu import Wish, import_menu

    wish = Wish(dry_run=dry_run, replace=replace, yes=yes)
    import_menu(file, restaurant, location, menu_slug=menu_slug, tax=tax, wish=wish)


@checkout_app.command("show")
def checkout_show(checkout_id: CheckoutId, engine: EngineUrl = None) -> None:
    """Print what is stored of one checkout: preview, claim, attempts to pay, order, and what screens were told."""
    from cli.checkout import show_checkout

    show_checkout(checkout_id, engine)


@checkout_app.command("advance")
def checkout_advance(checkout_id: CheckoutId) -> None:
    """Run a checkout's next step, as the sweeper would; safe at any time."""
    from cli.checkout import advance_checkout

    advance_checkout(checkout_id)


@checkout_app.command("void")
def checkout_void(
    checkout_id: CheckoutId,
    reason: Annotated[str, typer.Option(help="Why, for those who look at it later.")] = "",
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Give up a claimed checkout that cannot become an order, and give its payment back."""
    from cli.voiding import void_checkout

    void_checkout(checkout_id, reason, yes=yes)


@checkout_app.command("attention")
def checkout_attention(as_json: AsJson = False) -> None:
    """List the checkouts and payments that wait for a person."""
    from cli.attention import list_attention

    list_attention(as_json=as_json)


@checkout_app.command("dismiss")
def checkout_dismiss(checkout_id: CheckoutId) -> None:
    """Take a flagged checkout and its payments off that list: a person has seen to it."""
    from cli.attention import dismiss_attention

    dismiss_attention(checkout_id)


@credentials_app.command("seal")
def credentials_seal(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would happen, and change nothing.")] = False,
) -> None:
    """Seal tokens that are stored in clear, and tokens and webhooks' secrets of an older key; safe to run again."""
    from cli.credentials import seal

    seal(dry_run=dry_run)


@credentials_app.command("set")
def credentials_set(
    restaurant: Annotated[str, typer.Argument(help="The restaurant's id.")],
    location: Annotated[str, typer.Argument(help="The location's id.")],
    *,
    oid: Annotated[str, typer.Option(help="The organisation's id at the gateway.")],
    force: Annotated[
        bool, typer.Option("--force", help="Even while payments of another organisation are on their way.")
    ] = False,
) -> None:
    """Give a location its merchant. The gateway's token is read from standard input, and stored sealed."""
    from cli.credentials import set_credentials

    set_credentials(restaurant, location, oid, force=force)


@files_app.callback()
def _files() -> None:
    """Pictures of menus and logos."""


@files_app.command("sweep")
def files_sweep(
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only tell which pictures would go.")] = False,
) -> None:
    """Remove pictures that nothing has named for 30 days, as the timer does every hour; safe at any time."""
    from cli.files import sweep

    sweep(dry_run=dry_run)


@mails_app.command("samples")
def mails_samples() -> None:
    """Print a mail of each template in each language, with made-up people, as JSON: to look at."""
    from cli.mails import show_samples

    show_samples()


@mails_app.command("allow")
def mails_allow(address: Annotated[str, typer.Argument(help="The e-mail address.")]) -> None:
    """Let mails go to an address again that had bounced or complained. It needs the app's TOKEN_HASH_KEY."""
    from cli.mails import allow_address

    allow_address(address)


@push_app.command("keys")
def push_keys() -> None:
    """Make the pair of keys by which browsers of kitchen screens know who pushes."""
    from cli.push import show_new_keys

    show_new_keys()


@pages_app.command("build")
def pages_build(
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="A folder that is new or empty.")],
    *,
    api: Annotated[str, typer.Option(metavar="URL", help="The base of the API: https://HOST/api/v1.")],
    live: Annotated[str, typer.Option(metavar="URL", help="Where Web PubSub answers.")],
    gateway: Annotated[
        str,
        typer.Option(metavar="URL", envvar="PAGE_GATEWAY", help="Where the gateway's script is; empty: nobody pays."),
    ] = "",
    gateway_frames: Annotated[
        str,
        typer.Option(
            metavar="ORIGINS", envvar="PAGE_GATEWAY_FRAMES", help="Further servers of the card fields, spaces between."
        ),
    ] = "",
    pictures: Annotated[
        str,
        typer.Option(
            metavar="ORIGINS", envvar="PAGE_PICTURES", help="Servers of pictures of dishes, spaces between; no other."
        ),
    ] = "",
) -> None:
    """Write the pages as a static site, with the servers that each may call in its policy."""
    from cli.pages import run_build

    run_build(directory, api=api, live=live, gateway=gateway, gateway_frames=gateway_frames, pictures=pictures)


_Phone = Annotated[
    str | None, typer.Option(help="The person's phone number, in any form; a dash reads it from standard input.")
]
_Email = Annotated[str | None, typer.Option(help="The person's e-mail address; a dash likewise.")]
_OneRestaurant = Annotated[str | None, typer.Option("--restaurant", help="In this restaurant only.")]


@privacy_app.command("export")
def privacy_export(
    *,
    phone: _Phone = None,
    email: _Email = None,
    restaurant: _OneRestaurant = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Write a new file that only you can read.")
    ] = None,
) -> None:
    """Print all that is kept of one diner, as JSON. It reads all orders."""
    from cli.privacy import export

    export(phone=phone, email=email, restaurant=restaurant, out=out)


@privacy_app.command("erase")
def privacy_erase(
    *,
    phone: _Phone = None,
    email: _Email = None,
    restaurant: _OneRestaurant = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only tell how much would change.")] = False,
) -> None:
    """Take one diner out of everything; what was sold and paid stays. There is no undo; if it stops, run it again."""
    from cli.privacy import erase

    erase(phone=phone, email=email, restaurant=restaurant, dry_run=dry_run)


@privacy_app.command("log")
def privacy_log(as_json: AsJson = False) -> None:
    """List what was erased and when, without whom; and what is not finished."""
    from cli.privacy import list_erasures

    list_erasures(as_json=as_json)


@privacy_app.command("retention")
def privacy_retention(
    *,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Remove nothing: tell what would go, and what goes by itself and when.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Remove what is old enough, as the timer does every night."""
    from cli.privacy import forecast, keep_no_longer

    if dry_run:
        forecast(as_json=as_json)
    else:
        keep_no_longer()
