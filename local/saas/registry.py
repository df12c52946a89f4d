"""The vendors that the part `saas` stands in for."""

from __future__ import annotations

from collections.abc import Mapping

from local.saas.azurite.vendor import AZURITE
from local.saas.emergepay.vendor import EMERGEPAY
from local.saas.fcm.vendor import FCM
from local.saas.otlp.vendor import OTLP
from local.saas.printer.vendor import PRINTER
from local.saas.sendgrid.vendor import SENDGRID
from local.saas.supertokens.vendor import SUPERTOKENS
from local.saas.twilio.vendor import TWILIO
from local.saas.vendor import Vendor
from local.saas.web_push.vendor import WEB_PUSH
from local.saas.webhooks.vendor import WEBHOOKS

VENDORS: Mapping[str, Vendor] = {
    vendor.name: vendor
    for vendor in (AZURITE, EMERGEPAY, FCM, OTLP, PRINTER, SENDGRID, SUPERTOKENS, TWILIO, WEB_PUSH, WEBHOOKS)
}
"""Every vendor by its name: the one place that a new vendor's folder is entered in."""
