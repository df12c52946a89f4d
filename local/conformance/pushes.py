"""What Firebase's own SDK hears of Cloud Messaging. No push goes out: each is refused."""

from __future__ import annotations

import secrets
from typing import Any

from local.conformance.check import SECONDS, NotAsExpectedError, Settings, check, refused, same

_FIREBASE = tuple(f"FIREBASE_{name}" for name in ("PROJECT_ID", "CLIENT_EMAIL", "PRIVATE_KEY", "TOKEN_URI", "SEND_URL"))


def _push(settings: Settings, token: str, *, project: str | None = None, key: str | None = None) -> Any:
    import warnings

    import firebase_admin
    from firebase_admin import credentials, messaging

    account = {
        "type": "service_account",
        "project_id": settings["FIREBASE_PROJECT_ID"],
        "client_email": settings["FIREBASE_CLIENT_EMAIL"],
        "private_key": key or settings["FIREBASE_PRIVATE_KEY"].replace("\\n", "\n"),
        "token_uri": settings["FIREBASE_TOKEN_URI"],
    }
    project = project or settings["FIREBASE_PROJECT_ID"]
    options = {"projectId": project, "httpTimeout": SECONDS}
    app = firebase_admin.initialize_app(credentials.Certificate(account), options, name=secrets.token_hex(8))
    try:
        # The SDK has no public way to another address.
        service = messaging._get_messaging_service(app)
        service._fcm_url = f"{settings['FIREBASE_SEND_URL']}/v1/projects/{project}/messages:send"
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            return messaging.send(messaging.Message(token=token, data={"n": "1"}), app=app)
    finally:
        firebase_admin.delete_app(app)


@check("fcm", "a key that is not the account's gets no access token", _FIREBASE)
def _fcm_key(settings: Settings) -> None:
    from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
    from google.auth.exceptions import RefreshError

    made = generate_private_key(65537, 2048).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    try:
        _push(settings, "no:token", key=made.decode())
    except RefreshError as error:
        same(error.args[1].get("error"), "invalid_grant")
        return
    raise NotAsExpectedError("it was taken, and not refused with invalid_grant")


@check("fcm", "a token that is none is refused", _FIREBASE)
def _fcm_token(settings: Settings) -> None:
    refused(lambda: _push(settings, "x"), 400)


@check("fcm", "the project of somebody else is refused", _FIREBASE)
def _fcm_project(settings: Settings) -> None:
    refused(lambda: _push(settings, "x", project=f"orderbuddy-{secrets.token_hex(6)}"), 403)
