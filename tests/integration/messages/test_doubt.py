"""A text that may have gone out never goes out again, whatever else fails (rules 24.1)."""

from __future__ import annotations

from typing import Any

import pytest
from pymongo.errors import AutoReconnect

from shared.store.support import attention_entries
from tests.integration.messages.phones import Phones


async def test_a_doubtful_text_stays_so_where_the_list_cannot_be_written(
    phones: Phones, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fails(*_: Any, **__: Any) -> None:
        raise AutoReconnect("the primary has stepped down")

    monkeypatch.setattr(attention_entries, "count_one", fails)
    phones.fault("drop_after")
    order_id = await phones.order()
    [duty] = await phones.settled(order_id)
    assert duty["state"] == "doubtful"
    phones.told("fault", mode="ok", match=phones.number[1:])
    for _ in range(3):
        await phones.swept_after(120)
    [duty] = await phones.duties(order_id)
    assert duty["state"] == "doubtful" and len(phones.texts()) == 1
