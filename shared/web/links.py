"""A scanned code, `q/{code}` at the root: a redirect to the diner's app, or a page for people (rules 18)."""

from __future__ import annotations

import asyncio
from typing import Any

import azure.functions as func

from shared.errors import INTERNAL, UNAVAILABLE, Problem
from shared.services.origins import scanning
from shared.web.answering import answered, problem_of
from shared.web.call import Reply
from shared.web.client_address import client_address
from shared.web.runtime import AppSource

_SECURITY = {
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'",
    "referrer-policy": "no-referrer",
    "x-robots-tag": "noindex",
}
_NOWHERE = (
    "This code leads nowhere. Please ask the staff.",
    "Este código no lleva a ningún lugar. Pregunte al personal, por favor.",
    "Este código não leva a lugar nenhum. Pergunte à equipe, por favor.",
)
_LATER = (
    "The menu cannot be opened right now. Please try again in a moment.",
    "El menú no se puede abrir ahora. Inténtelo de nuevo en un momento.",
    "O cardápio não pode ser aberto agora. Tente de novo em um momento.",
)
_PAGE = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>body{{font:1.1rem/1.5 system-ui,sans-serif;margin:15vh auto;max-width:32rem;padding:0 1.5rem}}</style></head>
<body><p>{en}</p><p lang="es">{es}</p><p lang="pt">{pt}</p></body>
</html>
"""


async def answer(
    req: func.HttpRequest, source: AppSource, *, code: str, invocation_id: str = "", trace: str | None = None
) -> func.HttpResponse:
    """Answer a request for `q/{code}`. Every refusal is a page in HTML. `trace`: as for `answered`."""

    async def work(request_id: str) -> Reply[Any]:
        try:
            app = await source.ready()
            target = await scanning.follow(
                app,
                code,
                address=client_address(req.headers.get("x-forwarded-for"), app.settings.proxy_hops),
                counts=req.method == "GET",
            )
        except asyncio.CancelledError:
            raise
        except Exception as error:
            return _page(problem_of(error, request_id))
        return Reply(b"", 302, {"location": target, "content-type": "text/plain", **_SECURITY})

    return await answered(req, work, route="q/{code}", invocation_id=invocation_id, trace=trace)


def _page(problem: Problem) -> Reply[bytes]:
    en, es, pt = _NOWHERE if problem.code.status == 404 else _LATER
    headers = {"content-type": "text/html", **_SECURITY, **problem.headers}
    if problem.retry_after is not None or problem.code in (INTERNAL, UNAVAILABLE):
        headers["retry-after"] = str(problem.retry_after or 2)
    return Reply(_PAGE.format(title="OrderBuddy", en=en, es=es, pt=pt).encode(), problem.code.status, headers)
