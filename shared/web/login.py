"""The sign-in service's own routes, `login/...` at the root: from a request to the service and back.

Its clients know no other address: they take the origin of the API alone. What succeeds is answered in the service's own
shape, what does not in ours, with the status and the `message` that its clients read.
"""

from __future__ import annotations

from typing import Any

import azure.functions as func
from pydantic import BaseModel

from shared.app import App
from shared.errors import INVALID_REQUEST, METHOD_NOT_ALLOWED, NOT_FOUND, UNAUTHENTICATED, Problem
from shared.integrations.identity import IdentityRefused, SignInCall
from shared.services.staff import login
from shared.web import reading
from shared.web.answering import answered
from shared.web.call import Reply
from shared.web.client_address import client_address
from shared.web.runtime import AppSource
from shared.web.signing_in import cookies_count, headers_of


async def answer(req: func.HttpRequest, source: AppSource, *, path: str, invocation_id: str = "") -> func.HttpResponse:
    """Answer a request for `login/{path}`."""
    path = path.strip("/").lower()

    async def work(_: str) -> Reply[Any]:
        method = login.ROUTES.get(path)
        if method is None:
            raise Problem(NOT_FOUND)
        if req.method == "OPTIONS":
            return Reply(None, 204, {"allow": method})
        if req.method != method:
            raise Problem(METHOD_NOT_ALLOWED, headers={"allow": method})
        app = await source.ready()
        address = client_address(req.headers.get("x-forwarded-for"), app.settings.proxy_hops)
        try:
            found = await login.serve(app, _call(app, req, path), address)
        except IdentityRefused as refused:
            raise _problem(refused) from None
        return Reply(found.body, None, headers_of(found.written), found.written.cookies)

    return await answered(
        req, work, route=f"login/{path if path in login.ROUTES else '-'}", invocation_id=invocation_id
    )


def _call(app: App, req: func.HttpRequest, path: str) -> SignInCall:
    """Raises Problem for a body that cannot be read."""
    raw = req.get_body()
    reading.check_size(raw, app.settings.max_body_bytes)
    model = login.BODIES.get(path)
    # The browsers' `fetch` calls every text plain, and the service's own client leaves it at that.
    body: BaseModel | None = None if model is None else reading.read_body(model, raw, None)
    headers = dict(req.headers)
    if not cookies_count(app, req.method, headers):
        headers.pop("cookie", None)
    elif "rid" not in headers:
        # The service asks for this header. A page of ours that sent none has shown by its origin what it is.
        headers["rid"] = "anti-csrf"
    return SignInCall(
        method=req.method,
        path=f"/login/{path}",
        url=req.url,
        query=dict(req.params),
        headers=headers,
        body={} if body is None else body.model_dump(by_alias=True, exclude_none=True),
    )


def _problem(refused: IdentityRefused) -> Problem:
    code = INVALID_REQUEST if refused.status == 400 else UNAUTHENTICATED
    return Problem(code, refused.message, headers=headers_of(refused.written), cookies=refused.written.cookies)
