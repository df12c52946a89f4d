"""Examples of who wants pushes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shared.api import pushes
from shared.api.examples.names import RESTAURANT_ID

_PHONE = "dGhpc19pc19ub19yZWFsX3Rva2Vu:APA91bE_this-token-is-an-example"
_POINT = "BLc4xRzKlKORKWlbdgFaBrrPK3ydWAHo4M0gs0i1oEKgPpWC5cW8OCzVrOQRv-1npXRWk8udnW3oYhIO4475rds"
_KEY = "BH84ZlLyjONBJjuaTSrMnYfWnoFcLxE3ElagdnYAgmC6rqVZicL_s1MPuEfu2L2F9sAMjZqZLKuHjbXKupQ30eQ"
_ENDPOINT = "https://push.example.com/send/fQ2k7"

EXAMPLES: Mapping[Any, Mapping[str, Any]] = {
    pushes.Subscribe: {"phone": {"restaurantId": RESTAURANT_ID, "token": _PHONE, "platform": "android"}},
    pushes.Subscribed: {"done": {"message": "Subscribed successfully!"}},
    pushes.Unsubscribe: {"phone": {"token": _PHONE}},
    pushes.SubscribeScreen: {
        "tablet": {"endpoint": _ENDPOINT, "keys": {"p256dh": _POINT, "auth": "5I2Bu2oKdyy9CwL8QVF0NQ"}}
    },
    pushes.ScreenPushes: {
        "subscribed": {"publicKey": _KEY, "endpoint": _ENDPOINT},
        "none": {"publicKey": _KEY, "endpoint": None},
    },
}
