"""The SDK's set-up: its recipes, and what of ours they call. Only `client.py` imports this, and only at first use.

The SDK keeps one set-up per process. What belongs to one request travels in the `user_context` that the SDK hands on
everywhere: an `Errand`.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from supertokens_python import InputAppInfo, SupertokensConfig, init
from supertokens_python.ingredients.emaildelivery.types import EmailDeliveryConfig, EmailDeliveryInterface
from supertokens_python.ingredients.smsdelivery.types import SMSDeliveryConfig, SMSDeliveryInterface
from supertokens_python.recipe import passwordless, session
from supertokens_python.recipe.passwordless.interfaces import APIInterface as PasswordlessApi
from supertokens_python.recipe.passwordless.interfaces import ConsumeCodePostOkResult
from supertokens_python.recipe.passwordless.types import EmailTemplateVars, SMSTemplateVars
from supertokens_python.recipe.session.interfaces import APIInterface as SessionApi
from supertokens_python.recipe.session.jwks import JWKSConfig
from supertokens_python.types import User

from shared.integrations.identity import Account, SendCode, Target

PATH = "/login"
KEYS_MILLISECONDS = 5000
_ERRAND = "orderbuddy"


@dataclass(frozen=True, slots=True)
class SetUp:
    """What the SDK is told. Addresses without a path; `core`: where the service's core answers."""

    core: str
    api_key: str | None
    api: str
    website: str


@dataclass(slots=True)
class Errand:
    """One request on its way through the SDK, and what came of it."""

    send: SendCode
    account: Account | None = None
    ended: tuple[str, ...] = ()

    def into(self, user_context: dict[str, Any]) -> dict[str, Any]:
        """The context with this errand in it."""
        user_context[_ERRAND] = self
        return user_context

    @staticmethod
    def of(user_context: dict[str, Any]) -> Errand:
        """The errand of a context."""
        found = user_context[_ERRAND]
        assert isinstance(found, Errand)
        return found


_now: SetUp | None = None


def set_up(wanted: SetUp) -> None:
    """Set the SDK up, once. Raises RuntimeError where this process has done so for another core or other addresses."""
    global _now  # noqa: PLW0603 - the SDK's own set-up is global
    if _now is not None:
        if _now != wanted:
            raise RuntimeError("this process speaks to another sign-in service already")
        return
    # It would ask the world for its list of domains' endings; the one that it brings along is good.
    os.environ.setdefault("SUPERTOKENS_TLDEXTRACT_DISABLE_HTTP", "true")
    JWKSConfig["request_timeout"] = KEYS_MILLISECONDS
    init(
        app_info=InputAppInfo(
            app_name="OrderBuddy",
            api_domain=wanted.api,
            website_domain=wanted.website,
            api_base_path=PATH,
            website_base_path=PATH,
        ),
        supertokens_config=SupertokensConfig(connection_uri=wanted.core, api_key=wanted.api_key),
        framework="fastapi",
        mode="asgi",
        telemetry=False,
        recipe_list=[
            session.init(
                anti_csrf="VIA_CUSTOM_HEADER",
                cookie_same_site=_same_site(wanted),
                # Two cookies of one name: the next refresh clears one, where the SDK would answer 500 without this.
                older_cookie_domain="",
                # Pages read the token and send it as a bearer (contract 5.1).
                expose_access_token_to_frontend_in_cookie_based_auth=True,
                override=session.InputOverrideConfig(apis=_session_apis),
            ),
            passwordless.init(
                contact_config=passwordless.ContactEmailOrPhoneConfig(),
                flow_type="USER_INPUT_CODE",
                email_delivery=EmailDeliveryConfig(service=_ByEmail()),
                sms_delivery=SMSDeliveryConfig(service=_ByPhone()),
                override=passwordless.PasswordlessOverrideConfig(apis=_passwordless_apis),
            ),
        ],
    )
    _now = wanted


def _same_site(wanted: SetUp) -> Any:
    """A browser sends cookies to another site only where they say `none`, and takes such ones over https only."""
    api, website = urlsplit(wanted.api), urlsplit(wanted.website)
    return "none" if api.scheme == "https" and api.hostname != website.hostname else "lax"


def account_of(user: User) -> Account:
    """A person as the rest of the app knows them."""
    return Account(
        user_id=user.id,
        email=user.emails[0].lower() if user.emails else None,
        phone=user.phone_numbers[0] if user.phone_numbers else None,
        joined_at=datetime.fromtimestamp(user.time_joined / 1000, UTC),
    )


class _ByEmail(EmailDeliveryInterface[EmailTemplateVars]):
    async def send_email(self, template_vars: EmailTemplateVars, user_context: dict[str, Any]) -> None:
        await Errand.of(user_context).send(Target("email", template_vars.email), template_vars.user_input_code or "")


class _ByPhone(SMSDeliveryInterface[SMSTemplateVars]):
    async def send_sms(self, template_vars: SMSTemplateVars, user_context: dict[str, Any]) -> None:
        await Errand.of(user_context).send(
            Target("phone", template_vars.phone_number), template_vars.user_input_code or ""
        )


def _passwordless_apis(original: PasswordlessApi) -> PasswordlessApi:
    consume = original.consume_code_post

    async def consume_code_post(*arguments: Any) -> Any:
        result = await consume(*arguments)
        if isinstance(result, ConsumeCodePostOkResult):
            # The context is the last of them.
            Errand.of(arguments[-1]).account = account_of(result.user)
        return result

    # Who has an account is nobody's business.
    original.disable_email_exists_get = True
    original.disable_phone_number_exists_get = True
    original.consume_code_post = consume_code_post  # type: ignore[method-assign, assignment]  # the SDK's own way
    return original


def _session_apis(original: SessionApi) -> SessionApi:
    sign_out = original.signout_post

    async def signout_post(session: Any, api_options: Any, user_context: dict[str, Any]) -> Any:
        result = await sign_out(session, api_options, user_context)
        Errand.of(user_context).ended = (session.get_handle(),)
        return result

    original.signout_post = signout_post  # type: ignore[method-assign]
    return original
