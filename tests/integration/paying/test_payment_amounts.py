"""Money is whole cents from the menu to the gateway's books: no float on the way, no cent between (contract 3.1)."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from local.supervisor.options import PROJECT
from shared.domain.tips import Tip, most
from shared.money import plain
from shared.services.menu import catalog
from tests.integration.till import Till

OF_MONEY = [
    "shared/money.py",
    "shared/domain/pricing.py",
    "shared/domain/tips.py",
    "shared/domain/campaigns.py",
    "shared/domain/order_documents.py",
    "shared/domain/money_invariants.py",
    "shared/documents/payments.py",
    "shared/api/paying.py",
    "shared/integrations/pay.py",
    "shared/integrations/emergepay/client.py",
    "shared/integrations/emergepay/answers.py",
    "shared/store/payments.py",
    "shared/services/paying/attempts.py",
    "shared/services/ordering/claiming.py",
    "shared/services/ordering/paid.py",
    "shared/services/paying/outcomes.py",
    "shared/services/paying/returning.py",
    "shared/services/paying/charging.py",
]

OF_TIME = {"(time.monotonic() - began) * 1000"}
"""What is rounded and is no money."""

DECIMAL_DIVISIONS = {"percent / 100", "Decimal(subtotal) * self.percent / 100"}
"""Divisions of exact decimals, which are rounded to cents by a rule."""


def floats_in(source: str) -> Iterator[str]:
    """Everything in a module that is a float, or makes one."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Call(func=ast.Name(id="float" | "round" as name), args=[first, *_]):
                if not (name == "round" and ast.unparse(first) in OF_TIME):
                    yield ast.unparse(node)
            case ast.BinOp(op=ast.Div()):
                if ast.unparse(node) not in DECIMAL_DIVISIONS:
                    yield ast.unparse(node)
            case ast.AugAssign(op=ast.Div()):
                yield ast.unparse(node)
            case ast.AnnAssign(target=ast.Name(id=name) | ast.Attribute(attr=name), annotation=kind):
                if "float" in ast.unparse(kind) and any(word in name for word in ("cents", "amount", "price", "tip")):
                    yield ast.unparse(node)


@pytest.mark.parametrize("module", OF_MONEY)
def test_no_amount_is_ever_a_float(module: str) -> None:
    assert list(floats_in((PROJECT / module).read_text())) == []


def test_a_float_would_be_found() -> None:
    for line in ("a = cents / 100", "float(amount)", "round(cents * 1.1)", "total_cents: float = 0", "cents /= 2"):
        assert list(floats_in(line)), line


def test_no_field_of_the_wire_or_the_database_that_holds_money_is_a_float() -> None:
    for path in sorted(Path(PROJECT / "shared").rglob("*.py")):
        if "docs_ui" in path.parts:
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
                is_money = node.target.id.endswith(("cents", "price", "amount", "total", "tip"))
                assert not (is_money and "float" in ast.unparse(node.annotation)), (path.name, ast.unparse(node))


@given(st.integers(0, 10**12))
def test_dollars_are_the_cents_to_the_letter(cents: int) -> None:
    text = plain(cents)
    assert Decimal(text) * 100 == cents
    assert len(text.rpartition(".")[2]) == 2


@given(st.integers(0, 10**7), st.integers(0, 100))
def test_a_tip_in_percent_is_the_exact_share_rounded_half_up(subtotal: int, percent: int) -> None:
    tip = Tip(percent=percent).on(subtotal)
    assert type(tip) is int
    assert 2 * (subtotal * percent - 50) <= 2 * 100 * tip <= 2 * (subtotal * percent + 50)
    assert tip == (subtotal * percent + 50) // 100
    assert tip <= most(subtotal)


PAID = st.tuples(
    st.integers(0, 200_000),
    st.one_of(
        st.integers(0, 2000).map(lambda cents: Tip(cents=cents)), st.integers(0, 100).map(lambda n: Tip(percent=n))
    ),
)


def cases(many: int) -> list[tuple[int, Tip]]:
    """Amounts and tips that hypothesis thinks of: each is paid in a test that awaits."""
    drawn: list[tuple[int, Tip]] = []

    @settings(max_examples=many, database=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(PAID)
    def draw(case: tuple[int, Tip]) -> None:
        drawn.append(case)

    draw()
    return drawn


@pytest.mark.parametrize("many", [15, pytest.param(300, marks=pytest.mark.long)])
async def test_the_amounts_that_are_sent_are_those_that_are_stored(till: Till, many: int) -> None:
    query = {"_id": till.world.menu_id, "items.id": "soup"}
    for price, tip in cases(many):
        await till.app.db.menus.update_one(query, {"$set": {"items.$.priceCents": price}})
        catalog.forget(till.app, till.world.restaurant_id, till.world.location_id)
        key = await till.preview()
        before = len(till.merchant.rows())
        done = await till.pay(key, till.token(), tip=tip)
        order = await till.order(key)
        assert order is not None
        total, tipped = order["totalPriceCents"], tip.on(price)
        assert done.amount == plain(total + tipped)
        assert total == (price * 11 + 5) // 10
        payments = await till.attempts(key)
        if total + tipped == 0:
            assert (payments, len(till.merchant.rows())) == ([], before)
            continue
        [payment] = payments
        [row] = till.merchant.rows()[before:]
        sent = (row["amountCents"], row["tipCents"], row["taxCents"])
        assert sent == (payment.amount_cents, payment.tip_cents, payment.tax_cents)
        assert sent == (total + tipped, tipped, total - price)
        assert payment.captured_cents == payment.kept_cents == payment.amount_cents
        assert order.get("tipCents", 0) == tipped
        raw = await till.app.db.payments.find_one({"_id": payment.id})
        assert raw is not None
        assert not [name for name, value in raw.items() if isinstance(value, float)]
        assert not [name for name, value in order.items() if isinstance(value, float)]
    assert await till.differences() == []
