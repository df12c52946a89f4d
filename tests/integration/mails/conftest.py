"""An App whose mails go to the stand-in of SendGrid, by SendGrid's own SDK."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from shared.app import App
from tests.integration.local_saas.clients import StandIn as StandInGateway
from tests.integration.mails.post import Post


@pytest.fixture
async def post(app: App, gateway: StandInGateway) -> AsyncIterator[Post]:
    """A restaurant whose mails come to the stand-in; no fault stands before or after."""
    made = await Post.of(app, f"http://127.0.0.1:{gateway.port}/sendgrid")
    made.fault(mode="ok")
    yield made
    made.fault(mode="ok")
    await made.app.mail.close()
