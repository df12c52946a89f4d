"""What the console shows of a call that came in: everything but its secrets."""

from __future__ import annotations

from typing import Any

import pytest

from local.standin.received import SecretBody


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        (b"", None),
        (
            b'{"phone": "1", "code": "2", "in": [{"accessToken": "3"}]}',
            {"phone": "1", "code": "***", "in": [{"accessToken": "***"}]},
        ),
        (b"MessageSid=SM1&To=%2B15125550147&Body=", "MessageSid=SM1&To=%2B15125550147&Body="),
        (b"user=ann&password=hunter2&signature=a%3Db", "user=ann&password=***&signature=***"),
        (b"no form at all", None),
        (b"a=b\nc=d", None),
        (b"\xff\xfe=1", None),
    ],
)
def test_a_body_is_shown_without_its_secrets(body: bytes, shown: Any) -> None:
    assert SecretBody(body).readable() == shown
