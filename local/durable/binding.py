"""The text of a durableClient binding, and the addresses of one instance."""

from __future__ import annotations

import json
from urllib.parse import quote_plus

ROOT = "/runtime/webhooks/durabletask"
"""The path below which the engine serves its HTTP API."""
CONNECTION = "Storage"
"""The name of the connection, as the extension writes it into its links."""
_PLACEHOLDER = "INSTANCEID"


def client_binding(base_url: str, hub: str) -> str:
    """The JSON text that azure-functions-durable makes its client from. `base_url` is the engine's, no path."""
    root = f"{base_url.rstrip('/')}{ROOT}"
    create = f"{root}/orchestrators/{{functionName}}[/{{instanceId}}]?{_query(hub)}"
    urls = management_urls(base_url, hub, _PLACEHOLDER)
    rewind = f"{root}/instances/{_PLACEHOLDER}/rewind?reason={{text}}&{_query(hub)}"
    return json.dumps(
        {
            "taskHubName": hub,
            "rpcBaseUrl": f"{root}/",
            "creationUrls": {"createNewInstancePostUri": create},
            "managementUrls": {"id": _PLACEHOLDER, **urls, "rewindPostUri": rewind},
        }
    )


def management_urls(base_url: str, hub: str, instance_id: str) -> dict[str, str]:
    """Where to ask for, and act on, one instance, in the extension's order. The id is encoded as .NET does it."""
    encoded = quote_plus(instance_id, safe="!*()").replace("~", "%7E")
    instance = f"{base_url.rstrip('/')}{ROOT}/instances/{encoded}"
    query = _query(hub)
    return {
        "statusQueryGetUri": f"{instance}?{query}",
        "sendEventPostUri": f"{instance}/raiseEvent/{{eventName}}?{query}",
        "terminatePostUri": f"{instance}/terminate?reason={{text}}&{query}",
        "purgeHistoryDeleteUri": f"{instance}?{query}",
        "restartPostUri": f"{instance}/restart?{query}",
        "suspendPostUri": f"{instance}/suspend?reason={{text}}&{query}",
        "resumePostUri": f"{instance}/resume?reason={{text}}&{query}",
    }


def _query(hub: str) -> str:
    return f"taskHub={hub}&connection={CONNECTION}"
