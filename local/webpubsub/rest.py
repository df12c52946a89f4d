"""The data-plane REST API, which the service SDKs call under `/api/hubs/{hub}`."""

import re
from functools import lru_cache
from urllib.parse import parse_qs, unquote

from local.webpubsub.answers import Answer, RefusedError, refusal
from local.webpubsub.calls import HubCall
from local.webpubsub.hub import Hubs
from local.webpubsub.messages import BadContentError
from local.webpubsub.query import Query
from local.webpubsub.tokens import AccessKey, TokenError, bearer

PREFIX = "/api/hubs/"
HEALTH = "/api/health"
_HUB_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_`,.\[\]]{0,127}")


def is_hub_name(name: str) -> bool:
    """Whether a hub may have this name."""
    return _HUB_NAME.fullmatch(name) is not None


@lru_cache(maxsize=256)
def _read_query(text: str) -> Query:
    # Cached because publishers send the same few queries over and over.
    return Query(parse_qs(text, keep_blank_values=True))


class DataPlane:
    """Verifies what service clients send, and does it."""

    def __init__(self, hubs: Hubs, key: AccessKey) -> None:
        self._hubs = hubs
        self._key = key

    def answer(
        self, method: str, origin: str, target: str, *, authorization: str | None, content_type: str, body: bytes
    ) -> Answer:
        """Answer one call. Whatever the caller sent, the result is an answer, and no exception.

        `target` is the path with its query as it came. The token must be made for `origin` and this path.
        """
        if target.partition("?")[0] == HEALTH:
            # Anybody may ask.
            return Answer(200) if method == "HEAD" else refusal(404, "NotFound", "the service has no such call")
        try:
            self._key.claims(bearer(authorization), origin + target)
            path, _, query = target.partition("?")
            name, *parts = [unquote(part) for part in path.removeprefix(PREFIX).split("/")]
            if not is_hub_name(name):
                raise RefusedError(400, "InvalidHub", "a hub's name is a letter, then letters, digits or underscores")
            call = HubCall(
                hub=self._hubs.get(name),
                key=self._key,
                method=method,
                origin=origin,
                query=_read_query(query),
                body=body,
                content_type=content_type,
            )
            return call.answer(parts)
        except TokenError as error:
            return refusal(401, "Unauthorized", str(error))
        except BadContentError as error:
            return refusal(400, "InvalidContent", str(error))
        except RefusedError as error:
            return error.answer
