"""What the vendors' own SDKs hear, and for two services what plain HTTP does."""

from __future__ import annotations

import secrets
from typing import Any

from local.conformance.check import SECONDS, Settings, check, refused, same

_WEB_PUBSUB = ("WEB_PUBSUB_CONNECTION_STRING",)
_TWILIO = ("TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "TWILIO_API_BASE")
_SENDGRID = ("SENDGRID_API_KEY", "SENDGRID_API_URL")
_CORE = ("SUPERTOKENS_CONNECTION_URI", "SUPERTOKENS_API_KEY")
_GATEWAY = ("EMERGEPAY_ENVIRONMENT_URL", "EMERGEPAY_OID", "EMERGEPAY_KEY")


def _hub(settings: Settings) -> Any:
    from azure.messaging.webpubsubservice import WebPubSubServiceClient

    return WebPubSubServiceClient.from_connection_string(settings["WEB_PUBSUB_CONNECTION_STRING"], hub="conformance")


@check("webpubsub", "a message to a group that nobody is in is taken", _WEB_PUBSUB)
def _to_nobody(settings: Settings) -> None:
    _hub(settings).send_to_group(f"g-{secrets.token_hex(6)}", {"n": 1}, content_type="application/json")


@check("webpubsub", "who and what is not there is said not to be", _WEB_PUBSUB)
def _not_there(settings: Settings) -> None:
    hub, name = _hub(settings), f"x-{secrets.token_hex(6)}"
    found = [hub.connection_exists(name), hub.group_exists(name), hub.user_exists(name)]
    same(found, [False, False, False])


@check("webpubsub", "a connection that is not there cannot join a group", _WEB_PUBSUB)
def _joining(settings: Settings) -> None:
    refused(lambda: _hub(settings).add_connection_to_group("g", f"x-{secrets.token_hex(6)}"), 404)


@check("webpubsub", "a filter that cannot be read is refused", _WEB_PUBSUB)
def _filter(settings: Settings) -> None:
    send = _hub(settings).send_to_all
    refused(lambda: send({"n": 1}, content_type="application/json", filter="userId eq"), 400)


@check("webpubsub", "a wrong key is refused", _WEB_PUBSUB)
def _wrong_key(settings: Settings) -> None:
    head, _, rest = settings["WEB_PUBSUB_CONNECTION_STRING"].partition("AccessKey=")
    wrong = {"WEB_PUBSUB_CONNECTION_STRING": f"{head}AccessKey={secrets.token_urlsafe(32)};{rest.partition(';')[2]}"}
    refused(lambda: _hub(wrong).send_to_all({"n": 1}, content_type="application/json"), 401)


def _twilio(settings: Settings, token: str | None = None) -> Any:
    from twilio.rest import Client

    client = Client(settings["TWILIO_ACCOUNT_SID"], token or settings["TWILIO_AUTH_TOKEN"])
    client.api.base_url = settings["TWILIO_API_BASE"]
    return client


@check("twilio", "a wrong token is refused", _TWILIO)
def _twilio_token(settings: Settings) -> None:
    client = _twilio(settings, secrets.token_hex(16))
    refused(lambda: client.messages.create(to="+15005550009", from_="+15005550006", body="x"), 401)


@check("twilio", "a number that is none is refused", _TWILIO)
def _twilio_number(settings: Settings) -> None:
    client = _twilio(settings)
    refused(lambda: client.messages.create(to="12", from_="+15005550006", body="x"), 400)


@check("twilio", "a message that does not exist is not found", _TWILIO)
def _twilio_lost(settings: Settings) -> None:
    refused(lambda: _twilio(settings).messages(f"SM{secrets.token_hex(16)}").fetch(), 404)


@check("sendgrid", "a wrong key is refused", _SENDGRID)
def _sendgrid_key(settings: Settings) -> None:
    refused(lambda: _mail(settings, key="SG.wrong"), 401)


@check("sendgrid", "a mail to nobody is refused", _SENDGRID)
def _sendgrid_empty(settings: Settings) -> None:
    refused(lambda: _mail(settings), 400)


def _mail(settings: Settings, key: str | None = None) -> Any:
    from sendgrid import SendGridAPIClient

    client = SendGridAPIClient(key or settings["SENDGRID_API_KEY"], host=settings["SENDGRID_API_URL"])
    return client.client.mail.send.post(request_body={"personalizations": []})


def _http(method: str, url: str, **more: Any) -> tuple[int, Any]:
    import httpx

    answer = httpx.request(method, url, timeout=SECONDS, trust_env=False, **more)
    return answer.status_code, answer.json() if answer.content else None


@check("supertokens", "the core speaks the version that the SDK asks for", _CORE)
def _core_version(settings: Settings) -> None:
    key = {"api-key": settings["SUPERTOKENS_API_KEY"]}
    status, said = _http("GET", f"{settings['SUPERTOKENS_CONNECTION_URI']}/apiversion", headers=key)
    same((status, "5.4" in said["versions"]), (200, True))


@check("supertokens", "a wrong key is refused", _CORE)
def _core_key(settings: Settings) -> None:
    url = f"{settings['SUPERTOKENS_CONNECTION_URI']}/recipe/session/user"
    status, _ = _http("GET", url, params={"userId": "nobody"}, headers={"api-key": "wrong", "rid": "session"})
    same(status, 401)


@check("supertokens", "a device that does not belong to the attempt is refused", _CORE)
def _core_code(settings: Settings) -> None:
    headers = {"api-key": settings["SUPERTOKENS_API_KEY"], "rid": "passwordless", "cdi-version": "5.4"}
    body = {"preAuthSessionId": secrets.token_urlsafe(32), "deviceId": secrets.token_urlsafe(32), "userInputCode": "1"}
    url = f"{settings['SUPERTOKENS_CONNECTION_URI']}/recipe/signinup/code/consume"
    same(_http("POST", url, json=body, headers=headers)[0], 400)


def _gateway(settings: Settings, method: str, path: str, key: str | None = None, body: Any = None) -> int:
    url = f"{settings['EMERGEPAY_ENVIRONMENT_URL']}/orgs/{settings['EMERGEPAY_OID']}/transactions/{path}"
    headers = {"authorization": f"Bearer {key or settings['EMERGEPAY_KEY']}"}
    return _http(method, url, json=body, headers=headers)[0]


@check("emergepay", "a card's fields are begun without a charge", _GATEWAY)
def _gateway_start(settings: Settings) -> None:
    data = {"transactionType": "CreditSale", "method": "hostedFields", "submissionType": "manual"}
    same(_gateway(settings, "POST", "start", body={"transactionData": data}), 200)


@check("emergepay", "a transaction that does not exist is not found", _GATEWAY)
def _gateway_lost(settings: Settings) -> None:
    same(_gateway(settings, "GET", secrets.token_hex(16)), 404)


@check("emergepay", "a wrong key is refused", _GATEWAY)
def _gateway_key(settings: Settings) -> None:
    same(_gateway(settings, "GET", secrets.token_hex(16), key="wrong"), 401)
