"""What makes each state of an order and of a cart, and what the diner's page says then in each language."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

from playwright.async_api import Page, expect

from shared.domain.decline_texts import INSUFFICIENT_FUNDS, SENTENCES
from shared.errors import PAYMENT_RETURNED

Said = tuple[str, str, str]
"""Headline, advice, and how to go on."""

AT = datetime(2026, 5, 4, 18, tzinfo=UTC)

ORDERS: dict[str, dict[str, Any]] = {
    "CREATED": {"status": "CREATED"},
    "UNANSWERED": {"status": "CREATED", "waitingAt": AT},
    "ACCEPTED": {"status": "ACCEPTED"},
    "READY_FOR_PICKUP": {"status": "READY_FOR_PICKUP"},
    "PICKED_UP": {"status": "PICKED_UP"},
    "REJECTED": {"status": "REJECTED"},
    "CANCELLED": {"status": "CANCELLED"},
    "GIVEN_BACK": {"status": "CANCELLED", "refundedCents": 123450},
}
"""The fields of an order that make the state."""

CHECKOUTS: dict[str, dict[str, Any]] = {
    "OPEN": {},
    "DECLINED": {
        "refusal": {"attempt": 1, "code": "PAYMENT_DECLINED", "message": SENTENCES[INSUFFICIENT_FUNDS], "at": AT}
    },
    "PLACING": {"state": "claimed", "claim": {"kind": "none", "attempt": 0, "requestId": "r", "at": AT}},
    "CHECKING_PAYMENT": {"state": "claimed", "claim": {"kind": "card", "attempt": 1, "requestId": "r", "at": AT}},
    "EXPIRED": {"state": "expired"},
    "ABANDONED": {
        "state": "abandoned",
        "refusal": {"attempt": 1, "code": PAYMENT_RETURNED.code, "message": PAYMENT_RETURNED.message, "at": AT},
    },
}
"""The fields of a checkout that make the state."""

LANGUAGES = ("en", "es", "pt")

SAID: dict[str, dict[str, Said]] = {
    "en": {
        "CREATED": ("Order placed", "Waiting for the restaurant to accept it.", ""),
        "UNANSWERED": (
            "No answer yet",
            "The restaurant has not answered yet.",
            "You can wait, or cancel the order. If you have paid, you get your money back.",
        ),
        "ACCEPTED": ("Being made", "The kitchen has your order.", ""),
        "RECALLED": (
            "Back in the kitchen",
            "Your order is not quite ready yet. This page tells you when it is.",
            "",
        ),
        "READY_FOR_PICKUP": ("Ready for pickup", "Show your order code at the counter.", ""),
        "PICKED_UP": ("Picked up", "Enjoy your meal.", ""),
        "REJECTED": (
            "Not accepted",
            "The restaurant could not take this order.",
            "If you have paid, you get your money back.",
        ),
        "CANCELLED": ("Cancelled", "This order was cancelled.", "If you have paid, you get your money back."),
        "GIVEN_BACK": (
            "Cancelled",
            "This order was cancelled.",
            "$1,234.50 is given back to you. On a card, this can take some days.",
        ),
        "OPEN": ("Not placed yet", "Your cart is ready. Finish your order in the menu.", ""),
        "DECLINED": (
            "Your payment did not go through",
            "There is not enough money on this card. Please try another one.",
            "Nothing was charged, and your cart is still there. Go back to the menu to pay again.",
        ),
        "PLACING": ("Placing your order", "This takes a few seconds.", ""),
        "CHECKING_PAYMENT": (
            "Checking your payment",
            "Please wait, and do not pay again.",
            "If your bank is slow, this takes a few minutes. This page tells you by itself how it went.",
        ),
        "EXPIRED": ("This cart has expired", "It was not placed as an order.", "Please order again from the menu."),
        "ABANDONED": (
            "This order was stopped",
            "This order could not be placed, and your payment is given back.",
            "Please ask the staff if you have questions.",
        ),
        "NOT_FOUND": ("We cannot find this order", "Check the link, or ask the staff.", ""),
    },
    "es": {
        "CREATED": ("Pedido realizado", "Esperando a que el restaurante lo acepte.", ""),
        "UNANSWERED": (
            "Aún sin respuesta",
            "El restaurante todavía no ha respondido.",
            "Puede esperar o cancelar el pedido. Si ya pagó, se le devolverá el dinero.",
        ),
        "ACCEPTED": ("En preparación", "La cocina tiene su pedido.", ""),
        "READY_FOR_PICKUP": ("Listo para recoger", "Muestre el código de su pedido en el mostrador.", ""),
        "PICKED_UP": ("Recogido", "¡Buen provecho!", ""),
        "REJECTED": (
            "No aceptado",
            "El restaurante no pudo aceptar este pedido.",
            "Si ya pagó, se le devolverá el dinero.",
        ),
        "CANCELLED": ("Cancelado", "Este pedido fue cancelado.", "Si ya pagó, se le devolverá el dinero."),
        "GIVEN_BACK": (
            "Cancelado",
            "Este pedido fue cancelado.",
            "Se le devuelven $1,234.50. En una tarjeta puede tardar unos días.",
        ),
        "OPEN": ("Pedido sin confirmar", "Su carrito está listo. Termine el pedido en el menú.", ""),
        "DECLINED": (
            "No se pudo realizar su pago",
            "No hay saldo suficiente en esta tarjeta. Pruebe con otra.",
            "No se cobró nada y su carrito sigue ahí. Vuelva al menú para pagar de nuevo.",
        ),
        "PLACING": ("Enviando su pedido", "Esto tarda unos segundos.", ""),
        "CHECKING_PAYMENT": (
            "Verificando su pago",
            "Espere, por favor, y no pague de nuevo.",
            "Si su banco tarda, esto puede llevar unos minutos. Esta página le mostrará el resultado automáticamente.",
        ),
        "EXPIRED": ("Este carrito ha caducado", "No llegó a ser un pedido.", "Haga el pedido de nuevo desde el menú."),
        "ABANDONED": (
            "Este pedido se detuvo",
            "No se pudo realizar este pedido y se le devuelve su pago.",
            "Si tiene preguntas, consulte al personal.",
        ),
        "NOT_FOUND": ("No encontramos este pedido", "Revise el enlace o pregunte al personal.", ""),
    },
    "pt": {
        "CREATED": ("Pedido feito", "Aguardando o restaurante aceitar.", ""),
        "UNANSWERED": (
            "Ainda sem resposta",
            "O restaurante ainda não respondeu.",
            "É possível esperar ou cancelar o pedido. Se já pagou, o dinheiro será devolvido.",
        ),
        "ACCEPTED": ("Em preparo", "A cozinha está com o seu pedido.", ""),
        "READY_FOR_PICKUP": ("Pronto para retirada", "Mostre o código do pedido no balcão.", ""),
        "PICKED_UP": ("Retirado", "Bom apetite!", ""),
        "REJECTED": (
            "Não aceito",
            "O restaurante não pôde aceitar este pedido.",
            "Se já pagou, o dinheiro será devolvido.",
        ),
        "CANCELLED": ("Cancelado", "Este pedido foi cancelado.", "Se já pagou, o dinheiro será devolvido."),
        "GIVEN_BACK": (
            "Cancelado",
            "Este pedido foi cancelado.",
            "O valor de US$ 1.234,50 será devolvido. No cartão, isso pode levar alguns dias.",
        ),
        "OPEN": ("Pedido ainda não feito", "Seu carrinho está pronto. Conclua o pedido no cardápio.", ""),
        "DECLINED": (
            "Seu pagamento não foi concluído",
            "Não há saldo suficiente neste cartão. Tente com outro.",
            "Nada foi cobrado, e seu carrinho continua lá. Volte ao cardápio para pagar de novo.",
        ),
        "PLACING": ("Enviando seu pedido", "Isso leva alguns segundos.", ""),
        "CHECKING_PAYMENT": (
            "Verificando seu pagamento",
            "Aguarde, por favor, e não pague de novo.",
            "Se o seu banco demorar, isso pode levar alguns minutos. Esta página mostra o resultado automaticamente.",
        ),
        "EXPIRED": ("Este carrinho expirou", "Ele não se tornou um pedido.", "Faça o pedido de novo pelo cardápio."),
        "ABANDONED": (
            "Este pedido foi interrompido",
            "Este pedido não pôde ser feito, e seu pagamento será devolvido.",
            "Em caso de dúvida, fale com a equipe.",
        ),
        "NOT_FOUND": ("Não encontramos este pedido", "Verifique o link ou fale com a equipe.", ""),
    },
}


OVERFLOWING = """() => [...document.querySelectorAll('body *')]
    .filter((node) => node.getClientRects().length && node.getBoundingClientRect().right > innerWidth + 1)
    .map((node) => node.id || node.className || node.tagName)"""
"""What goes out of the window to the right."""


async def without_modules(page: Page) -> None:
    """Load the page anew as where modules do not run."""
    await page.route("**/status/live.js", lambda route: route.abort())
    await page.reload()


async def in_language(page: Page, tag: str) -> None:
    """Load the page anew as its link asks for a language."""
    await page.goto(f"{re.sub('&lang=..', '', page.url)}&lang={tag}")


async def shows(page: Page, said: tuple[str, str, str]) -> None:
    """The page says these: headline, advice, how to go on."""
    for part, text in zip(("headline", "advice", "next"), said, strict=True):
        await expect(page.locator(f"#{part}")).to_have_text(text)
