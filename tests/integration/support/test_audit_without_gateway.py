"""An audit says of money only what it has compared (rules 9)."""

from __future__ import annotations

import json

import pytest

from tests.integration.cli import orderbuddy
from tests.integration.till import Till

MONEY = "1. money at the gateway is what the documents say: "


def line_of_money(out: str) -> str:
    return next(line.strip() for line in out.splitlines() if MONEY in line)


@pytest.mark.parametrize("paid", [True, False], ids=["paid", "nothing paid"])
async def test_money_that_was_not_compared_is_not_called_good(till: Till, paid: bool) -> None:
    if paid:
        assert (await till.pay(await till.preview(), till.token())).placed
    ran = await orderbuddy(till.app.settings, "audit", "--no-gateway")
    assert line_of_money(ran.out).startswith(f"{MONEY}not compared: ")
    assert (ran.code, "Everything is as it must be." in ran.out) == (0, False)
    assert "What was compared is as it must be; not everything was." in ran.out
    told = json.loads((await orderbuddy(till.app.settings, "audit", "--no-gateway", "--json")).out)
    assert (told["ok"], told["invariants"][0]["unchecked"] is None) == (True, False)


async def test_a_gateway_that_is_not_set_up_has_compared_nothing(till: Till) -> None:
    """Every payment was counted as unanswered, and money as good."""
    assert (await till.pay(await till.preview(), till.token())).placed
    ran = await orderbuddy(till.app.settings, "audit", EMERGEPAY_ENVIRONMENT_URL="")
    assert line_of_money(ran.out).startswith(f"{MONEY}not compared: ")
    assert (ran.code, "Something is not as it must be." in ran.out) == (1, False)
    assert "could not be asked for at the gateway" in ran.out


async def test_a_payment_that_cannot_be_asked_for_is_named_beside_the_others(till: Till) -> None:
    for _ in range(2):
        assert (await till.pay(await till.preview(), till.token())).placed
    [some, *_] = await till.app.db.payments.find({}).to_list()
    await till.app.db.payments.update_one({"_id": some["_id"]}, {"$set": {"merchantOid": "of-before"}})
    environment = {
        "EMERGEPAY_ENVIRONMENT_URL": till.gateway.gateway_url,
        "SEALING_KEYS": till.app.settings.sealing_keys.get_secret_value() if till.app.settings.sealing_keys else "",
    }
    ran = await orderbuddy(till.app.settings, "audit", **environment)
    assert line_of_money(ran.out) == f"{MONEY}not compared: 1 of 2 payments could not be asked for at the gateway"
    assert ran.code == 0
