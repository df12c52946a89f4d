"""The text of a durableClient binding, and the addresses of one instance."""

from __future__ import annotations

import json

ROOT = "/runtime/webhooks/durabletask"
"""The path below which the engine serves its HTTP API."""
_PLACEHOLDER = "INSTANCEID"


def client_binding(base_url: str, hub: str) -> str:
    """The JSON text that azure-functions-durable makes its client from. `base_url` is the engine's, no path."""
    root = f"{base_url.rstrip('/')}{ROOT}"
    query = f"taskHub={hub}&connection=Storage"
    return json.dumps(
        {
            "taskHubName": hub,
            "rpcBaseUrl": f"{root}/",
            "creationUrls": {
                "createNewInstancePostUri": f"{root}/orchestrators/{{functionName}}[/{{instanceId}}]?{query}"
            },
            "managementUrls": {"id": _PLACEHOLDER, **management_urls(base_url, _PLACEHOLDER, query)},
        }
    )


def management_urls(base_url: str, instance_id: str, query: str = "") -> dict[str, str]:
    """Where to ask for, and act on, one instance; `query` is added to each address."""
    instance = f"{base_url.rstrip('/')}{ROOT}/instances/{instance_id}"
    plain, more = (f"?{query}", f"&{query}") if query else ("", "")
    return {
        "statusQueryGetUri": f"{instance}{plain}",
        "sendEventPostUri": f"{instance}/raiseEvent/{{eventName}}{plain}",
        "terminatePostUri": f"{instance}/terminate?reason={{text}}{more}",
        "purgeHistoryDeleteUri": f"{instance}{plain}",
        "rewindPostUri": f"{instance}/rewind?reason={{text}}{more}",
        "restartPostUri": f"{instance}/restart{plain}",
        "suspendPostUri": f"{instance}/suspend?reason={{text}}{more}",
        "resumePostUri": f"{instance}/resume?reason={{text}}{more}",
    }
