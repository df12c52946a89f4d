"""The Firebase SDK, set up for one deployment. It is imported at first use: it takes half a second.

What the SDK has no public way for stands here alone: another address to send to, the header that tells of the trace,
and no tries of its own. It would try a call five times, and sleep as long as the service's Retry-After says, in a
thread that others wait for.
"""

from __future__ import annotations

import secrets
import warnings
from collections.abc import Mapping, Sequence
from copy import copy
from typing import TYPE_CHECKING, Any

from shared.integrations.push import Note
from shared.settings import Settings
from shared.telemetry import traces

if TYPE_CHECKING:
    import firebase_admin
    from firebase_admin.messaging import SendResponse

HTTP_SECONDS = 4.0
"""How long the service may take to answer for one token: less than a call may take in all, so that one token that
stalls leaves the others their answers."""

_CHANNEL = "order_notifications"
_CONNECTIONS = 100


class Sdk:
    """One Firebase app. It may be used from several threads."""

    def __init__(self, settings: Settings) -> None:
        """Raises ValueError where the service account's key cannot be read."""
        import firebase_admin
        from firebase_admin import credentials
        from google.auth.transport.requests import Request

        assert settings.firebase_private_key is not None
        account = {
            "type": "service_account",
            "project_id": settings.firebase_project_id,
            "client_email": settings.firebase_client_email,
            "private_key": settings.firebase_private_key.get_secret_value(),
            "token_uri": settings.firebase_token_uri,
        }
        options = {"httpTimeout": HTTP_SECONDS, "projectId": settings.firebase_project_id}
        # The SDK keeps its apps in one table: each of ours has a name that no other has.
        self._app = firebase_admin.initialize_app(
            credentials.Certificate(account), options, name=f"orderbuddy-{secrets.token_hex(8)}"
        )
        self._credential: Any = self._app.credential.get_credential()
        self._tokens = Request()
        _redirect(self._app, settings.firebase_send_url)

    @property
    def is_signed_in(self) -> bool:
        """Whether there is an access token that holds."""
        return bool(self._credential.valid)

    def sign_in(self) -> None:
        """Get an access token where there is none that holds. Raises google.auth's errors."""
        if not self.is_signed_in:
            self._credential.refresh(self._ask_for_token)

    def send(self, tokens: Sequence[str], note: Note) -> Sequence[SendResponse]:
        """Send to at most 500 tokens; the answers are in the order of the tokens."""
        from firebase_admin import messaging

        # It sends from threads of its own, which know of no trace.
        service = copy(messaging._get_messaging_service(self._app))
        service._fcm_headers = {**service._fcm_headers, **traces.header()}
        return list(service.send_each(_messages(tokens, note)).responses)

    def close(self) -> None:
        """Forget the app."""
        import firebase_admin

        firebase_admin.delete_app(self._app)

    def _ask_for_token(self, url: str, *, headers: Mapping[str, str] | None = None, **more: Any) -> Any:
        # As google.auth calls whatever makes its requests.
        return self._tokens(url, headers={**(headers or {}), **traces.header()}, **{**more, "timeout": HTTP_SECONDS})


def _redirect(app: firebase_admin.App, send_url: str | None) -> None:
    """Send to this address in the place of Google's, where one is given, and never try anything again by itself."""
    from firebase_admin import messaging
    from requests.adapters import HTTPAdapter

    service = messaging._get_messaging_service(app)
    if send_url is not None:
        service._fcm_url = f"{send_url}/v1/projects/{app.project_id}/messages:send"
    for scheme in ("https://", "http://", "https://fcm.googleapis.com"):
        # A full pool of threads makes that many calls at once.
        adapter = HTTPAdapter(max_retries=0, pool_connections=_CONNECTIONS, pool_maxsize=_CONNECTIONS)
        service._client.session.mount(scheme, adapter)


def _messages(tokens: Sequence[str], note: Note) -> list[Any]:
    from firebase_admin import messaging

    notification = messaging.Notification(title=note.title, body=note.body)
    android = messaging.AndroidConfig(
        priority="high",
        notification=messaging.AndroidNotification(channel_id=_CHANNEL, sound="default", tag=note.tag),
    )
    webpush = messaging.WebpushConfig(notification=messaging.WebpushNotification(tag=note.tag))
    with warnings.catch_warnings():
        # The SDK would rather have installation ids, which the apps that are in use do not tell.
        warnings.simplefilter("ignore", DeprecationWarning)
        return [
            messaging.Message(
                token=token, notification=notification, data=dict(note.data), android=android, webpush=webpush
            )
            for token in tokens
        ]
