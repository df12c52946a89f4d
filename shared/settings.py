"""Every setting of the app, typed and documented. They are read from the environment at first use, never at import.

The environment comes from Azure's app settings (infra/) or from local.settings.json. A setting's name is that of its
field in upper case.
"""

from __future__ import annotations

import base64
import binascii
import os
import re
from collections.abc import Mapping
from typing import Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationInfo, field_validator, model_validator

SEALING_KEY_BYTES = 32
MAX_SEALING_KEYS = 10
_ADDRESS = re.compile(r"https?://[^/?#@\s]+(/[^?#@\s]*)?")
_REFERENCE = "@Microsoft.KeyVault("
_THIS_MACHINE = ("127.0.0.1", "::1", "localhost")


class Settings(BaseModel):
    """What a deployment decides."""

    model_config = ConfigDict(extra="ignore", frozen=True, hide_input_in_errors=True, defer_build=True)

    app_env: Literal["local", "dev", "prod"] = Field("dev", description="Which kind of deployment this is.")
    mongodb_uri: SecretStr = Field(description="MongoDB's connection string: a replica set, never a standalone.")
    db_name: str = Field("orderbuddy", min_length=1, max_length=63, description="The database's name.")
    web_pubsub_connection_string: SecretStr | None = Field(
        None, description="Web PubSub by key (the local stack). Without it, web_pubsub_endpoint and managed identity."
    )
    web_pubsub_endpoint: str | None = Field(None, description="Web PubSub's https address, used with managed identity.")
    azure_client_id: str | None = Field(None, description="The user-assigned managed identity's client id.")
    web_pubsub_hub: str = Field("orders", pattern=r"^[A-Za-z][A-Za-z0-9_]{0,127}$", description="The hub's name.")
    live_events_audience: str | None = Field(
        None,
        description="What Web PubSub's tokens are made out to when it tells of its connections: an app registration's "
        "`api://...`. Unset: without a key no event is taken, and screens are connected while they are seen.",
    )
    web_pubsub_principal_id: str | None = Field(
        None, description="The object id of Web PubSub's own identity: these tokens are of it and of no other."
    )
    entra_tenant_id: str | None = Field(None, description="The tenant of Microsoft Entra that makes these tokens.")
    entra_authority: str = Field(
        "https://login.microsoftonline.com", description="Where the tenant shows the keys of its tokens."
    )
    supertokens_connection_uri: str | None = Field(
        None, description="Where SuperTokens' core answers. Unset: nobody can sign in."
    )
    supertokens_api_key: SecretStr | None = Field(None, description="The key of SuperTokens' core, where it wants one.")
    sign_in_sender: Literal["console"] | None = Field(
        None,
        description="What takes sign-in codes to people. Unset: texts and mails, where they are set up; else asking "
        "for a code is answered 503. `console`: nothing does, and the local stack's console shows them.",
    )
    api_endpoint: str | None = Field(None, description="This API's own address, without a path.")
    store_endpoint: str | None = Field(
        None, description="The address of the staff's app: from there a session may come as a cookie."
    )
    kitchen_endpoint: str | None = Field(
        None,
        description="The address of the kitchen display: the link that pairs a screen leads there. Unset: "
        "`STORE_ENDPOINT`, whose page passes it on.",
    )
    menu_endpoint: str | None = Field(
        None, description="The address of the diners' app: from there a session may come as a cookie, too."
    )
    link_base: str | None = Field(
        None,
        description="The address that the codes on tables lead to: `{LINK_BASE}/q/...`. Unset: no codes are made.",
    )
    smart_scan_url: str | None = Field(
        None,
        description="The original's short-link service: codes that it made are sent on to it. Unset: they lead to the "
        "menu at once.",
    )
    web_origins: str = Field("", description="More such addresses, commas between them: other screens for staff.")
    sign_ins_per_address_and_minute: int = Field(
        60, ge=0, description="How often one client address may ask for a code, or try one, in a minute; 0: at will."
    )
    codes_per_target: int = Field(
        5, ge=0, description="How many codes one e-mail address or phone number gets in ten minutes; 0: any number."
    )
    codes_to_strangers: int = Field(
        200,
        ge=0,
        description="How many codes all those who have no account get in ten minutes; 0: any number. Above it they get "
        "none, and those who have one get fewer.",
    )
    legacy_paths: bool = Field(True, description="Whether the original's paths answer at the root, without /api/v1.")
    docs_enabled: bool | None = Field(
        None, description="Whether openapi.json, docs and redoc answer. Unset: except where APP_ENV is prod."
    )
    preview_lifetime_minutes: int = Field(30, ge=1, le=24 * 60, description="How long a preview can be placed.")
    max_body_bytes: int = Field(256 * 1024, ge=1024, le=10 * 1024 * 1024, description="The largest JSON body.")
    unpaid_wait_seconds: float = Field(10.0, ge=0.1, le=60.0, description="How long a placement waits for its order.")
    previews_per_address_and_minute: int = Field(
        120,
        ge=0,
        description="How many previews one client address may ask for at a location in a minute; 0: any number.",
    )
    negotiations_per_address_and_minute: int = Field(
        240,
        ge=0,
        description="How often one client address may ask for a location's live connections in a minute; 0: at will.",
    )
    payments_per_address_and_minute: int = Field(
        60,
        ge=0,
        description="How often one client address may begin to enter a card, and how many cards and wallets it may try "
        "at a location in a minute; 0: at will.",
    )
    device_claims_per_address_and_minute: int = Field(
        10,
        ge=0,
        description="How many codes of devices one client address may try in a minute, and a hundredth of how many all "
        "together may; 0: at will.",
    )
    scans_per_address_and_minute: int = Field(
        240, ge=0, description="How many codes one client address may scan in a minute; 0: any number."
    )
    printer_calls_per_minute: int = Field(
        240,
        ge=0,
        description="How often one printer may ask for its tickets in a minute, and one client address with a secret "
        "that is none; 0: at will.",
    )
    limits_over_all_locations: int = Field(
        5, ge=1, le=1000, description="How many times these limits one address may reach at all locations together."
    )
    declines_per_location: int = Field(
        30,
        ge=0,
        description="How many payments of a location may be declined in ten minutes until its addresses with declines "
        "are slowed and a person is told; 0: any number.",
    )
    open_previews_per_location: int = Field(
        10_000, ge=0, description="How many previews of a location may wait to be placed; 0: any number."
    )
    diners_kept_days: int | None = Field(
        None,
        ge=30,
        description="After how many days an order loses its diner: name, phone, address and notes. Unset: never.",
    )
    history_kept_days: int | None = Field(
        None,
        ge=90,
        description="After how many days an order loses the rows of its history: what was done when, and by whom. "
        "Unset: never.",
    )
    proxy_hops: int = Field(
        1,
        ge=0,
        le=10,
        description="How many proxies stand before the app and add to X-Forwarded-For; 0: the header is ignored.",
    )
    emergepay_environment_url: str | None = Field(
        None, description="EmergePay's address, up to `/virtualterminal/v1`. Unset: no payment is taken."
    )
    sealing_keys: SecretStr | None = Field(
        None, description="Keys that seal secrets at rest: base64 of 32 bytes each, newest first, commas between them."
    )
    token_hash_key: SecretStr | None = Field(
        None,
        min_length=32,
        description="The key of the hashes that tell a payment's token again: 32 characters or more, never changed.",
    )
    gateway_timeout_seconds: float = Field(
        20.0, ge=0.1, le=60.0, description="How long one call of the payment gateway may take."
    )
    payment_grace_seconds: float = Field(
        30.0,
        ge=0.1,
        le=600.0,
        description="How long after its timeout a charge may still be on its way; from then on it is looked up.",
    )
    payment_lost_after_seconds: float = Field(
        600.0,
        ge=1,
        le=86400,
        description="For how long a look-up must not find a charge until the diner may try again.",
    )
    paid_wait_seconds: float = Field(
        60.0, ge=0.1, le=120.0, description="How long a paid placement waits for its order."
    )

    sendgrid_api_key: SecretStr | None = Field(
        None, description="SendGrid's key. Without it, or without FROM_EMAIL, no mails are sent."
    )
    from_email: str | None = Field(
        None, max_length=254, description="The address that mails come from: one that SendGrid has verified."
    )
    sendgrid_api_url: str = Field(
        "https://api.sendgrid.com", description="Where SendGrid answers; `https://api.eu.sendgrid.com` in the EU."
    )
    receipts_per_address_and_hour: int = Field(
        20,
        ge=0,
        description="How many receipts one e-mail address gets in an hour, and how many codes to sign in with; 0: any "
        "number.",
    )
    sendgrid_webhook_public_key: str | None = Field(
        None,
        description="The public key of SendGrid's signed event webhook. Unset: events of mails are not taken, so "
        "addresses that bounce are written to again.",
    )

    clock_url: str | None = Field(
        None,
        description="Where the local stack tells its own time, which a person freezes and moves. Refused unless "
        "APP_ENV is local.",
    )
    webhooks_to_this_machine: bool = Field(
        False,
        description="Whether webhooks may go to this machine, by http and to any port: for the local stack and tests. "
        "Refused where APP_ENV is prod.",
    )

    applicationinsights_connection_string: str | None = Field(
        None,
        repr=False,
        description="Where telemetry goes: Application Insights. Unset, and no collector either: there is none.",
    )
    otel_exporter_otlp_endpoint: str | None = Field(
        None, description="Where telemetry goes: a collector that takes OTLP over HTTP, up to `/v1/traces`."
    )
    telemetry_share: float = Field(
        1.0, ge=0.0, le=1.0, description="Of how many traces the spans are sent: 0.1 is a tenth of them."
    )
    telemetry_traces_per_second: float = Field(
        5.0, ge=0.0, description="How many traces of one route each process sends in a second, at most; 0: any number."
    )
    azure_storage_connection_string: SecretStr | None = Field(
        None, description="The storage account of pictures, by its key: the local stack's, or the original's."
    )
    azure_storage_blob_endpoint: str | None = Field(
        None,
        description="The https address of that account's blobs, used with managed identity. With neither, no pictures "
        "are kept.",
    )
    pictures_endpoint: str | None = Field(
        None,
        description="Where pictures are shown from, such as a CDN before the container `assets`. Unset: the container "
        "itself.",
    )

    twilio_account_sid: str | None = Field(None, description="The account at Twilio that sends texts.")
    twilio_auth_token: SecretStr | None = Field(
        None, description="The account's secret: for sending, and for the signatures of what Twilio tells us."
    )
    twilio_phone_number: str | None = Field(
        None, pattern=r"^\+[1-9]\d{6,14}$", description="The number that texts come from, with its + and country code."
    )
    allow_message: bool = Field(
        False,
        description="Whether texts are sent: only `true` switches them on, and only with the three above.",
    )
    twilio_api_base: str = Field("https://api.twilio.com", description="Where Twilio's API answers.")
    default_country: str = Field(
        "US",
        pattern=r"^[A-Z]{2}$",
        description="The country of a phone number that names none, where the location's time zone does not tell it.",
    )
    texts_per_number_and_hour: int = Field(
        20,
        ge=0,
        description="How many texts about orders one diner's number gets in an hour, and how many codes to sign in "
        "with; 0: any number.",
    )
    texts_per_location_and_hour: int = Field(
        1000,
        ge=0,
        description="How many texts the diners of a location get in an hour, and how many its alert numbers; 0: any "
        "number.",
    )
    code_texts_per_hour: int = Field(
        300,
        ge=0,
        description="How many codes to sign in with go out by text in an hour to all who work at no restaurant; 0: any "
        "number.",
    )

    firebase_project_id: str | None = Field(
        None, description="The Firebase project whose apps get pushes. Unset: no pushes go to phones."
    )
    firebase_client_email: str | None = Field(None, description="The service account that sends pushes.")
    firebase_private_key: SecretStr | None = Field(
        None, description="The service account's key, as its JSON file has it; `\\n` stands for the ends of lines."
    )
    firebase_token_uri: str = Field(
        "https://oauth2.googleapis.com/token", description="Where the service account gets its access tokens."
    )
    firebase_send_url: str | None = Field(
        None, description="Where pushes are sent in the place of Google's own address; for the local stack."
    )
    vapid_public_key: str | None = Field(
        None,
        description="The public key by which kitchen screens' browsers know who pushes: `orderbuddy push keys` makes a "
        "pair. Unset: no pushes go to screens.",
    )
    vapid_private_key: SecretStr | None = Field(None, description="The private key of that pair.")
    vapid_subject: str | None = Field(
        None, description="Whom a browser's push service writes to about pushes: `mailto:...` or an https address."
    )

    @classmethod
    def read(cls, environment: Mapping[str, str] = os.environ) -> Self:
        """The settings of that environment; names may be in any case. Raises pydantic's ValidationError."""
        return cls.model_validate({name.lower(): value for name, value in environment.items()})

    @field_validator(
        "emergepay_environment_url",
        "sealing_keys",
        "token_hash_key",
        "supertokens_connection_uri",
        "supertokens_api_key",
        "sign_in_sender",
        "api_endpoint",
        "store_endpoint",
        "kitchen_endpoint",
        "menu_endpoint",
        "link_base",
        "smart_scan_url",
        "live_events_audience",
        "web_pubsub_principal_id",
        "entra_tenant_id",
        "applicationinsights_connection_string",
        "otel_exporter_otlp_endpoint",
        "sendgrid_api_key",
        "from_email",
        "sendgrid_webhook_public_key",
        "azure_storage_connection_string",
        "azure_storage_blob_endpoint",
        "pictures_endpoint",
        "twilio_account_sid",
        "twilio_auth_token",
        "twilio_phone_number",
        "firebase_project_id",
        "firebase_client_email",
        "firebase_private_key",
        "firebase_send_url",
        "vapid_public_key",
        "vapid_private_key",
        "vapid_subject",
        mode="before",
    )
    @classmethod
    def _empty_is_unset(cls, value: Any) -> Any:
        # Azure hands on a reference as it stands where the vault has no such secret (yet).
        return None if isinstance(value, str) and (not value.strip() or value.startswith(_REFERENCE)) else value

    @field_validator("allow_message", mode="before")
    @classmethod
    def _only_true_is_true(cls, value: Any) -> bool:
        return value is True or value == "true"

    @field_validator("emergepay_environment_url", "sendgrid_api_url", "twilio_api_base")
    @classmethod
    def _is_spoken_to_in_secret(cls, value: str | None) -> str | None:
        if value is None:
            return None
        parts = urlsplit(value)
        near = parts.scheme == "http" and parts.hostname in _THIS_MACHINE
        if not parts.hostname or not (near or parts.scheme == "https") or parts.query or parts.fragment or "@" in value:
            raise ValueError("it must be an https address without user, query and fragment (http on this machine only)")
        return value.rstrip("/")

    @field_validator(
        "supertokens_connection_uri",
        "api_endpoint",
        "store_endpoint",
        "kitchen_endpoint",
        "menu_endpoint",
        "link_base",
        "smart_scan_url",
        "entra_authority",
        "azure_storage_blob_endpoint",
        "pictures_endpoint",
    )
    @classmethod
    def _is_an_address(cls, value: str | None) -> str | None:
        if value is not None and not _ADDRESS.fullmatch(value):
            raise ValueError("it must be an http or https address without user, query and fragment")
        return None if value is None else value.rstrip("/")

    @field_validator("otel_exporter_otlp_endpoint")
    @classmethod
    def _collector_has_no_slash_at_its_end(cls, value: str | None) -> str | None:
        # A wrong one keeps telemetry from leaving, and never the app from serving.
        return None if value is None else value.strip().rstrip("/")

    @field_validator("sealing_keys")
    @classmethod
    def _sealing_keys_are_keys(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and not 1 <= len(_keys_in(value)) <= MAX_SEALING_KEYS:
            raise ValueError(f"it holds more than {MAX_SEALING_KEYS} keys")
        return value

    @field_validator("azure_storage_connection_string")
    @classmethod
    def _storage_has_a_key(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            names = {part.strip().partition("=")[0] for part in value.get_secret_value().split(";")}
            if not {"AccountName", "AccountKey"} <= names:
                raise ValueError("it must hold AccountName=...;AccountKey=...")
        return value

    @field_validator("clock_url")
    @classmethod
    def _time_is_moved_on_this_machine_only(cls, value: str | None, info: ValidationInfo) -> str | None:
        if not value:
            return None
        if info.data.get("app_env") != "local":
            raise ValueError("CLOCK_URL must not be set unless APP_ENV is local")
        if urlsplit(value).scheme != "http" or urlsplit(value).hostname not in _THIS_MACHINE:
            raise ValueError("CLOCK_URL must be an http address of this machine")
        return value

    @field_validator("firebase_private_key", mode="before")
    @classmethod
    def _lines_of_a_key_are_lines(cls, value: Any) -> Any:
        # A setting is one line, and a key in PEM has many.
        return value.replace("\\n", "\n") if isinstance(value, str) else value

    @field_validator("firebase_token_uri", "firebase_send_url")
    @classmethod
    def _pushes_are_sent_in_secret(cls, value: str | None) -> str | None:
        if value is None:
            return None
        parts = urlsplit(value)
        near = parts.scheme == "http" and parts.hostname in _THIS_MACHINE
        if not _ADDRESS.fullmatch(value) or not (near or parts.scheme == "https"):
            raise ValueError("it must be an https address without user, query and fragment (http on this machine only)")
        return value.rstrip("/")

    @field_validator("vapid_subject")
    @classmethod
    def _a_push_service_can_write_there(cls, value: str | None) -> str | None:
        if value is not None and not value.startswith(("mailto:", "https://")):
            raise ValueError("it must be mailto:... or an https address")
        return value

    @field_validator("webhooks_to_this_machine")
    @classmethod
    def _webhooks_stay_outside_in_production(cls, value: bool, info: ValidationInfo) -> bool:
        if value and info.data.get("app_env") == "prod":
            raise ValueError("WEBHOOKS_TO_THIS_MACHINE must not be on when APP_ENV is prod")
        return value

    @model_validator(mode="after")
    def _codes_reach_people_in_production(self) -> Self:
        if self.app_env == "prod" and self.sign_in_sender == "console":
            raise ValueError("SIGN_IN_SENDER must not be console when APP_ENV is prod")
        return self

    @model_validator(mode="after")
    def _short_links_do_not_come_back(self) -> Self:
        if self.smart_scan_url and self.link_base and _same_host(self.smart_scan_url, self.link_base):
            raise ValueError("SMART_SCAN_URL must not be at LINK_BASE: a code would be sent around for ever")
        return self

    @property
    def shows_docs(self) -> bool:
        """Whether the description of the API is served."""
        return self.app_env != "prod" if self.docs_enabled is None else self.docs_enabled

    @property
    def own_origins(self) -> frozenset[str]:
        """The origins of our own web apps, from which a session may come as a cookie."""
        listed = (self.api_endpoint, self.store_endpoint, self.menu_endpoint, *self.web_origins.split(","))
        parts = [urlsplit(each.strip()) for each in listed if each]
        return frozenset(f"{part.scheme}://{part.netloc}".lower() for part in parts if part.netloc)

    @property
    def keeps_files(self) -> bool:
        """Whether this deployment keeps pictures."""
        return self.azure_storage_connection_string is not None or self.azure_storage_blob_endpoint is not None

    @property
    def takes_payment(self) -> bool:
        """Whether this deployment can take payment: it knows the gateway, and how to keep its secrets."""
        return None not in (self.emergepay_environment_url, self.sealing_keys, self.token_hash_key)

    @property
    def sends_texts(self) -> bool:
        """Whether this deployment sends texts."""
        return self.allow_message and None not in (
            self.twilio_account_sid,
            self.twilio_auth_token,
            self.twilio_phone_number,
        )

    def sealing_key_list(self) -> list[bytes]:
        """The sealing keys, newest first."""
        return [] if self.sealing_keys is None else _keys_in(self.sealing_keys)


def _same_host(one: str, other: str) -> bool:
    return urlsplit(one).netloc.lower() == urlsplit(other).netloc.lower()


def _keys_in(text: SecretStr) -> list[bytes]:
    try:
        keys = [base64.b64decode(part.strip(), validate=True) for part in text.get_secret_value().split(",")]
    except (binascii.Error, ValueError):
        raise ValueError("a key of it is no base64") from None
    if any(len(key) != SEALING_KEY_BYTES for key in keys):
        raise ValueError(f"a key of it is not {SEALING_KEY_BYTES} bytes long")
    return keys
