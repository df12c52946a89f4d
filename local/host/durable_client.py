"""The text of a durableClient binding: where the durable engine's HTTP API is."""

from __future__ import annotations

import json
from collections.abc import Iterable

from local.host.app import ClientBinding

_PLACEHOLDER = "INSTANCEID"


def client_texts(bindings: Iterable[ClientBinding], *, base_url: str, hub: str) -> dict[ClientBinding, str]:
    """The text for each binding. `base_url` of the engine without a path; `hub` for bindings that name none."""
    return {binding: client_text(base_url, binding.hub or hub) for binding in bindings}


def client_text(base_url: str, hub: str) -> str:
    """The JSON text that azure-functions-durable makes its client of."""
    root = f"{base_url.rstrip('/')}/runtime/webhooks/durabletask"
    tail = f"taskHub={hub}&connection=Storage"
    instance = f"{root}/instances/{_PLACEHOLDER}"
    return json.dumps(
        {
            "taskHubName": hub,
            "rpcBaseUrl": f"{root}/",
            "creationUrls": {
                "createNewInstancePostUri": f"{root}/orchestrators/{{functionName}}[/{{instanceId}}]?{tail}",
                "createAndWaitOnNewInstancePostUri": (
                    f"{root}/orchestrators/{{functionName}}[/{{instanceId}}]?timeout={{timeoutInSeconds}}"
                    f"&pollingInterval={{intervalInSeconds}}&{tail}"
                ),
            },
            "managementUrls": {
                "id": _PLACEHOLDER,
                "statusQueryGetUri": f"{instance}?{tail}",
                "sendEventPostUri": f"{instance}/raiseEvent/{{eventName}}?{tail}",
                "terminatePostUri": f"{instance}/terminate?reason={{text}}&{tail}",
                "rewindPostUri": f"{instance}/rewind?reason={{text}}&{tail}",
                "purgeHistoryDeleteUri": f"{instance}?{tail}",
                "restartPostUri": f"{instance}/restart?{tail}",
                "suspendPostUri": f"{instance}/suspend?reason={{text}}&{tail}",
                "resumePostUri": f"{instance}/resume?reason={{text}}&{tail}",
            },
        }
    )
