"""Every setting of the app, typed and documented. Read from the environment at first use, never at import.

Azure's app settings (infra/) and local.settings.json give the environment; the names are the fields' in upper case.
"""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """What a deployment decides."""

    model_config = SettingsConfigDict(env_file=None, extra="ignore", frozen=True, hide_input_in_errors=True)

    app_env: Literal["local", "dev", "prod"] = Field("dev", description="Which kind of deployment this is.")
    mongodb_uri: SecretStr = Field(description="MongoDB's connection string: a replica set, never a standalone.")
    db_name: str = Field("orderbuddy", min_length=1, max_length=63, description="The database's name.")
    web_pubsub_connection_string: SecretStr | None = Field(
        None, description="Web PubSub by key (the local stack). Without it, web_pubsub_endpoint and managed identity."
    )
    web_pubsub_endpoint: str | None = Field(None, description="Web PubSub's https address, used with managed identity.")
    azure_client_id: str | None = Field(None, description="The user-assigned managed identity's client id.")
    web_pubsub_hub: str = Field("orders", pattern=r"^[A-Za-z][A-Za-z0-9_]{0,127}$", description="The hub's name.")
    demo_staff_key: SecretStr | None = Field(
        None, description="Lets staff routes of the demo restaurants be used before sign-in exists. Never in prod."
    )
    legacy_paths: bool = Field(True, description="Whether the original's paths answer at the root, without /api/v1.")
    docs_enabled: bool | None = Field(
        None, description="Whether openapi.json, docs and redoc answer. Unset: except where APP_ENV is prod."
    )
    preview_lifetime_minutes: int = Field(30, ge=1, le=24 * 60, description="How long a preview can be placed.")
    max_body_bytes: int = Field(256 * 1024, ge=1024, le=10 * 1024 * 1024, description="The largest JSON body.")
    unpaid_wait_seconds: float = Field(10.0, ge=0.1, le=60.0, description="How long a placement waits for its order.")
    previews_per_address_and_minute: int = Field(
        120, ge=0, description="How many previews one client address may ask for in a minute; 0: as many as it likes."
    )
    negotiations_per_address_and_minute: int = Field(
        240, ge=0, description="How often one client address may ask for a live connection in a minute; 0: at will."
    )
    open_previews_per_location: int = Field(
        10_000, ge=0, description="How many previews of a location may wait to be placed; 0: any number."
    )
    proxy_hops: int = Field(
        1,
        ge=0,
        le=10,
        description="How many proxies stand before the app and add to X-Forwarded-For; 0: no header is believed.",
    )

    @model_validator(mode="after")
    def _demo_key_stays_out_of_production(self) -> Self:
        if self.app_env == "prod" and self.demo_staff_key is not None:
            raise ValueError("DEMO_STAFF_KEY must not be set when APP_ENV is prod")
        return self

    @property
    def shows_docs(self) -> bool:
        """Whether the description of the API is served."""
        return self.app_env != "prod" if self.docs_enabled is None else self.docs_enabled
