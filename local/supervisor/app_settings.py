"""What the app is told in a local stack: its settings, and the origins whose pages may call it."""

from __future__ import annotations

from collections.abc import Mapping

from local import mongod
from local.azurite.account import connection_string
from local.clock import SETTING as CLOCK_URL
from local.saas.registry import VENDORS
from local.supervisor.datadir import Keys
from local.supervisor.options import OFFSETS

DEVELOPMENT_SERVERS = ("http://localhost:5173", "http://localhost:5174", "http://localhost:8100")
"""Where the front ends' own development servers usually listen: the API lets them call it."""

STORAGE = ("AZURE_STORAGE_CONNECTION_STRING", "AZURE_STORAGE_BLOB_ENDPOINT", "PICTURES_ENDPOINT")
"""What leads to a storage account. Where a person's environment has one of them, there is no Azurite."""

_DEFAULTS = {
    "DB_NAME": "orderbuddy",
    # No proxy stands in front: all callers would count as one, and wait for one another at its counter.
    "PREVIEWS_PER_ADDRESS_AND_MINUTE": "0",
    "NEGOTIATIONS_PER_ADDRESS_AND_MINUTE": "0",
    "PAYMENTS_PER_ADDRESS_AND_MINUTE": "0",
    # Counted, but so high that no bench reaches it.
    "OPEN_PREVIEWS_PER_LOCATION": "1000000",
    # Nobody is written to here: the console shows the codes, and scripts ask for many.
    "SIGN_IN_SENDER": "console",
    "SIGN_INS_PER_ADDRESS_AND_MINUTE": "0",
    "CODES_PER_TARGET": "0",
    "CODES_TO_STRANGERS": "0",
    "SCANS_PER_ADDRESS_AND_MINUTE": "0",
    # All demo orders have the same number.
    "TEXTS_PER_NUMBER_AND_HOUR": "0",
    "TEXTS_PER_LOCATION_AND_HOUR": "0",
    "CODE_TEXTS_PER_HOUR": "0",
    # All demo orders are of one diner.
    "RECEIPTS_PER_ADDRESS_AND_HOUR": "0",
}
"""Settings of the app that differ from those in Azure. A person's own settings win over them."""


def app_settings(
    base: int, keys: Keys, environment: Mapping[str, str], *, without: frozenset[str] = frozenset()
) -> dict[str, str]:
    """The app's settings in a stack at `base`.

    A setting that `environment` gives wins, but for those that tie the stack together: its name and its Web PubSub. Of
    a vendor that `environment` names, and of all without the part `saas`, the settings are only what it gives: no
    stand-in's key goes to a service that is not ours.
    """
    endpoint = f"http://127.0.0.1:{base + OFFSETS['webpubsub']}"
    own = {
        "APP_ENV": "local",
        "WEB_PUBSUB_CONNECTION_STRING": f"Endpoint={endpoint};AccessKey={keys.web_pubsub};Version=1.0;",
        "WEB_PUBSUB_HUB": "orders",
        CLOCK_URL: clock_url(base),
    }
    vendors = _vendors(base)
    own_store = any(environment.get(name) for name in STORAGE)
    # The stand-ins lie before it, so that what goes wrong with files can be tried.
    way = OFFSETS["azurite" if "saas" in without else "saas"]
    azurite = {} if own_store or "azurite" in without else {STORAGE[0]: connection_string(base + way)}
    stood_in = {} if "saas" in without else _stood_in(vendors, environment)
    defaults = {
        "MONGODB_URI": mongod.uri(base + OFFSETS["mongod"]),
        "SEALING_KEYS": keys.sealing,
        "TOKEN_HASH_KEY": keys.token_hash,
        **_DEFAULTS,
        **_addresses(base),
        **stood_in,
        **azurite,
    }
    known = {*defaults, *STORAGE, *(name for settings in vendors for name in settings)}
    given = {name: environment[name] for name in known if environment.get(name)}
    return {**defaults, **given, **own}


def clock_url(base: int) -> str:
    """Where the stack's time is told."""
    return f"http://127.0.0.1:{base + OFFSETS['console']}/api/clock"


def _vendors(base: int) -> list[Mapping[str, str]]:
    """For each vendor, the settings that lead to its stand-in."""
    saas = f"http://127.0.0.1:{base + OFFSETS['saas']}"
    return [vendor.settings(f"{saas}/{name}") for name, vendor in VENDORS.items()]


def _stood_in(vendors: list[Mapping[str, str]], environment: Mapping[str, str]) -> dict[str, str]:
    """The settings of the vendors of which `environment` names none."""
    own = (settings for settings in vendors if not any(environment.get(name) for name in settings))
    return {name: value for settings in own for name, value in settings.items()}


def _addresses(base: int) -> dict[str, str]:
    """Where the API and its pages are: a session in a cookie counts from there."""
    console, *others = own_origins(base)
    api = f"http://127.0.0.1:{base}"
    return {
        "API_ENDPOINT": api,
        "STORE_ENDPOINT": console,
        "KITCHEN_ENDPOINT": f"{console}/kitchen",
        "MENU_ENDPOINT": f"{console}/order",
        "LINK_BASE": api,
        "WEB_ORIGINS": ",".join(others),
    }


def own_origins(base: int) -> tuple[str, ...]:
    """The origins whose pages may call the API; the console's comes first."""
    console = base + OFFSETS["console"]
    return (f"http://127.0.0.1:{console}", f"http://localhost:{console}", *DEVELOPMENT_SERVERS)
