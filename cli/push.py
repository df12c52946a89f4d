"""`orderbuddy push`: the keys of pushes to browsers."""

from __future__ import annotations

from cli.output import say


def show_new_keys() -> None:
    """Print a new pair of keys, as the settings take them."""
    from shared.integrations.web_push import sealing

    private_key, public_key = sealing.new_pair()
    say(f"VAPID_PUBLIC_KEY={public_key}")
    say(f"VAPID_PRIVATE_KEY={private_key}")
    say("VAPID_SUBJECT=mailto:SOMEBODY@YOUR-DOMAIN")
    say("Keep the private key secret. With other keys, each screen has to open its page once more.", err=True)
