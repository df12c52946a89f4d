"""The sentences of mails in three languages."""

from __future__ import annotations

from dataclasses import dataclass

from shared.documents.languages import Language


@dataclass(frozen=True, slots=True)
class ReceiptWords:
    """What a receipt says."""

    thanks: str
    updated: str
    cancelled: str
    rejected: str
    order: str
    placed: str
    name: str
    table: str
    subtotal: str
    discount: str
    tax: str
    tip: str
    total: str
    refunded: str
    remains: str
    returned: str
    paid: str
    card: str
    wallet: str
    online: str
    cash: str
    card_at_counter: str
    unpaid: str
    nothing: str
    follow: str
    why: str


RECEIPT: dict[Language, ReceiptWords] = {
    "en": ReceiptWords(
        thanks="Thank you for your order",
        updated="Your updated receipt",
        cancelled="Your order was cancelled",
        rejected="The restaurant could not take your order",
        order="Order",
        placed="Placed",
        name="Name",
        table="For",
        subtotal="Subtotal",
        discount="Discount",
        tax="Tax",
        tip="Tip",
        total="Total",
        refunded="Refunded",
        remains="You pay",
        returned="refunded",
        paid="Payment",
        card="Card",
        wallet="Digital wallet",
        online="Paid online",
        cash="Cash",
        card_at_counter="Card at the counter",
        unpaid="At the restaurant",
        nothing="Nothing to pay",
        follow="Follow your order",
        why="You get this mail because this address was given with the order.",
    ),
    "es": ReceiptWords(
        thanks="Gracias por su pedido",
        updated="Su recibo actualizado",
        cancelled="Su pedido fue cancelado",
        rejected="El restaurante no pudo aceptar su pedido",
        order="Pedido",
        placed="Hecho",
        name="Nombre",
        table="Para",
        subtotal="Subtotal",
        discount="Descuento",
        tax="Impuesto",
        tip="Propina",
        total="Total",
        refunded="Reembolsado",
        remains="Usted paga",
        returned="reembolsado",
        paid="Pago",
        card="Tarjeta",
        wallet="Billetera digital",
        online="Pagado en línea",
        cash="Efectivo",
        card_at_counter="Tarjeta en el mostrador",
        unpaid="En el restaurante",
        nothing="Nada que pagar",
        follow="Ver su pedido",
        why="Recibe este correo porque se indicó esta dirección en el pedido.",
    ),
    "pt": ReceiptWords(
        thanks="Obrigado pelo seu pedido",
        updated="Seu recibo atualizado",
        cancelled="Seu pedido foi cancelado",
        rejected="O restaurante não pôde aceitar seu pedido",
        order="Pedido",
        placed="Feito",
        name="Nome",
        table="Para",
        subtotal="Subtotal",
        discount="Desconto",
        tax="Imposto",
        tip="Gorjeta",
        total="Total",
        refunded="Reembolsado",
        remains="Você paga",
        returned="reembolsado",
        paid="Pagamento",
        card="Cartão",
        wallet="Carteira digital",
        online="Pago online",
        cash="Dinheiro",
        card_at_counter="Cartão no balcão",
        unpaid="No restaurante",
        nothing="Nada a pagar",
        follow="Acompanhar seu pedido",
        why="Você recebe este e-mail porque este endereço foi informado no pedido.",
    ),
}


@dataclass(frozen=True, slots=True)
class InvitationWords:
    """What an invitation says; `{}` is the restaurant."""

    title: str
    text: str
    role: str
    take: str
    holds: str
    not_you: str
    roles: dict[str, str]


INVITATION: dict[Language, InvitationWords] = {
    "en": InvitationWords(
        title="You are invited to {}",
        text="You are invited to work with {} on OrderBuddy.",
        role="Your role",
        take="Take the invitation",
        holds="Sign in with this e-mail address. The invitation holds until {}.",
        not_you="If you do not know this restaurant, do nothing: the invitation ends by itself.",
        roles={"owner": "owner", "manager": "manager", "service": "service", "kitchen": "kitchen"},
    ),
    "es": InvitationWords(
        title="Invitación a {}",
        text="Le invitan a trabajar con {} en OrderBuddy.",
        role="Su función",
        take="Aceptar la invitación",
        holds="Inicie sesión con esta dirección de correo. La invitación es válida hasta {}.",
        not_you="Si no conoce este restaurante, no haga nada: la invitación termina por sí sola.",
        roles={"owner": "propietario", "manager": "gerente", "service": "servicio", "kitchen": "cocina"},
    ),
    "pt": InvitationWords(
        title="Convite para {}",
        text="Você foi convidado a trabalhar com {} no OrderBuddy.",
        role="Sua função",
        take="Aceitar o convite",
        holds="Entre com este endereço de e-mail. O convite vale até {}.",
        not_you="Se você não conhece este restaurante, não faça nada: o convite termina sozinho.",
        roles={"owner": "proprietário", "manager": "gerente", "service": "atendimento", "kitchen": "cozinha"},
    ),
}


@dataclass(frozen=True, slots=True)
class QrWords:
    """What comes with a code to hang up; the first `{}` is what it is for, the second the place."""

    title: str
    text: str
    open: str
    file: str


QR: dict[Language, QrWords] = {
    "en": QrWords(
        title="QR code for {} at {}",
        text="Here is the QR code for {} at {}. Whoever scans it orders from there.",
        open="Open the link",
        file="The code is attached as a picture to print.",
    ),
    "es": QrWords(
        title="Código QR de {} en {}",
        text="Este es el código QR de {} en {}. Quien lo escanea pide desde allí.",
        open="Abrir el enlace",
        file="El código va adjunto como imagen para imprimir.",
    ),
    "pt": QrWords(
        title="Código QR de {} em {}",
        text="Este é o código QR de {} em {}. Quem o escaneia pede dali.",
        open="Abrir o link",
        file="O código está anexado como imagem para imprimir.",
    ),
}


@dataclass(frozen=True, slots=True)
class CodeWords:
    """What stands beside a code to sign in with."""

    text: str
    not_you: str


CODE: dict[Language, CodeWords] = {
    "en": CodeWords("Your code to sign in. It holds for ten minutes.", "Nobody of ours ever asks you for it."),
    "es": CodeWords("Su código para iniciar sesión. Vale diez minutos.", "Nadie de nosotros se lo pedirá."),
    "pt": CodeWords("Seu código para entrar. Vale por dez minutos.", "Ninguém da nossa equipe o pedirá a você."),
}


@dataclass(frozen=True, slots=True)
class SummaryWords:
    """What a day's summary says; the `{}` of `title` is the location."""

    title: str
    orders: str
    gross: str
    discount: str
    net: str
    tax: str
    total: str
    tips: str
    refunds: str
    dishes: str
    none: str
    why: str


SUMMARY: dict[Language, SummaryWords] = {
    "en": SummaryWords(
        title="{}: your day",
        orders="Orders",
        gross="Gross sales",
        discount="Discounts",
        net="Net sales",
        tax="Tax",
        total="Total",
        tips="Tips",
        refunds="Refunds",
        dishes="Most sold",
        none="No orders on this day.",
        why="You get this mail as an owner, because the daily summary is switched on in the location's settings. "
        "Switch it off there to get no more of them.",
    ),
    "es": SummaryWords(
        title="{}: su día",
        orders="Pedidos",
        gross="Ventas brutas",
        discount="Descuentos",
        net="Ventas netas",
        tax="Impuestos",
        total="Total",
        tips="Propinas",
        refunds="Reembolsos",
        dishes="Más vendidos",
        none="Ningún pedido en este día.",
        why="Recibe este correo como propietario, porque el resumen diario está activado en los ajustes del local. "
        "Desactívelo allí para no recibir más.",
    ),
    "pt": SummaryWords(
        title="{}: seu dia",
        orders="Pedidos",
        gross="Vendas brutas",
        discount="Descontos",
        net="Vendas líquidas",
        tax="Impostos",
        total="Total",
        tips="Gorjetas",
        refunds="Reembolsos",
        dishes="Mais vendidos",
        none="Nenhum pedido neste dia.",
        why="Você recebe este e-mail como proprietário, porque o resumo diário está ativado nas configurações do "
        "local. Desative-o lá para não receber mais.",
    ),
}
