"""What can be asked of a service, and not of its stand-in, is refused with 501 and never taken in silence."""

from __future__ import annotations

from typing import Any

import pytest

from local.saas.sendgrid.vendor import API_KEY, FROM
from local.saas.twilio.vendor import ACCOUNT_SID, AUTH_TOKEN, PHONE_NUMBER
from tests.integration.local_saas.clients import StandIn

TEXT = {"To": "+12025550123", "From": PHONE_NUMBER, "Body": "Hello"}
MAIL: dict[str, Any] = {
    "from": {"email": FROM},
    "subject": "Hello",
    "personalizations": [{"to": [{"email": "ann@example.com"}]}],
    "content": [{"type": "text/plain", "value": "Hello"}],
}


@pytest.mark.parametrize("name", ["MediaUrl", "MessagingServiceSid", "SendAt", "ContentSid"])
def test_of_a_text(gateway: StandIn, name: str) -> None:
    where = f"http://127.0.0.1:{gateway.port}/twilio/2010-04-01/Accounts/{ACCOUNT_SID}/Messages.json"
    asked = gateway.http.post(where, data={**TEXT, name: "x"}, auth=(ACCOUNT_SID, AUTH_TOKEN))
    assert asked.status_code == 501 and f"does not know {name}" in asked.json()["message"]
    assert gateway.http.post(where, data=TEXT, auth=(ACCOUNT_SID, AUTH_TOKEN)).status_code == 201


@pytest.mark.parametrize(
    "more",
    [
        {"template_id": "d-1"},
        {"send_at": 1},
        {"asm": {"group_id": 1}},
        {"personalizations": [{**MAIL["personalizations"][0], "dynamic_template_data": {"a": "b"}}]},
        {"personalizations": [{**MAIL["personalizations"][0], "send_at": 1}]},
    ],
)
def test_of_a_mail(gateway: StandIn, more: dict[str, Any]) -> None:
    where, headers = f"http://127.0.0.1:{gateway.port}/sendgrid/v3/mail/send", {"authorization": f"Bearer {API_KEY}"}
    asked = gateway.http.post(where, json=MAIL | more, headers=headers)
    assert asked.status_code == 501 and "does not know" in asked.json()["errors"][0]["message"]
    assert gateway.http.post(where, json=MAIL, headers=headers).status_code == 202
