"""What docs/webhooks.md tells receivers to do works."""

from __future__ import annotations

import re
import time
from typing import Any, get_args

from local.supervisor.options import PROJECT
from shared.api.webhooks import EventType
from shared.domain.webhook_events import TYPES
from shared.domain.webhook_signatures import new_secret, signature

PAGE = (PROJECT / "docs" / "webhooks.md").read_text()


def test_the_code_of_the_page_knows_what_is_ours() -> None:
    [code] = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    names: dict[str, Any] = {}
    exec(code, names)
    old, new, body, now = new_secret(), new_secret(), b'{"id": "ev_1"}', int(time.time())
    header = signature(body, [new, old], now)
    assert names["is_ours"](body, header, old)
    assert names["is_ours"](body, header, new)
    assert not names["is_ours"](body, header, new_secret())
    assert not names["is_ours"](body + b" ", header, new)
    assert not names["is_ours"](body, signature(body, [new], now - 301), new)


def test_the_page_names_every_type_and_so_does_the_api() -> None:
    assert set(get_args(EventType)) == set(TYPES)
    assert {kind for kind in TYPES if f"`{kind}`" not in PAGE} == set()
