# ruff: noqa: T201 - a developer's script: it prints.
"""The table of settings in docs/deploy.md, made from shared/settings.py.

python infra/settings_table.py            prints it
python infra/settings_table.py --write    puts it into docs/deploy.md; a test fails while the two differ
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

from pydantic.fields import FieldInfo

from shared.settings import Settings

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "deploy.md"
BEGIN, END = "<!-- settings: begin -->\n", "<!-- settings: end -->\n"

NOT_IN_BICEP = {
    "web_pubsub_connection_string": "never: the app's identity takes the place of the key",
    "entra_authority": "the default: the public cloud",
    "sign_in_sender": "the default: texts and mails",
    "sign_ins_per_address_and_minute": "the default",
    "codes_per_target": "the default",
    "codes_to_strangers": "the default",
    "preview_lifetime_minutes": "the default",
    "max_body_bytes": "the default",
    "unpaid_wait_seconds": "the default",
    "previews_per_address_and_minute": "the default",
    "negotiations_per_address_and_minute": "the default",
    "payments_per_address_and_minute": "the default",
    "device_claims_per_address_and_minute": "the default",
    "scans_per_address_and_minute": "the default",
    "printer_calls_per_minute": "the default",
    "limits_over_all_locations": "the default",
    "declines_per_location": "the default",
    "open_previews_per_location": "the default",
    "gateway_timeout_seconds": "the default",
    "payment_grace_seconds": "the default",
    "payment_lost_after_seconds": "the default",
    "paid_wait_seconds": "the default",
    "receipts_per_address_and_hour": "the default",
    "sendgrid_api_url": "the default: SendGrid outside the EU",
    "twilio_api_base": "the default",
    "texts_per_number_and_hour": "the default",
    "texts_per_location_and_hour": "the default",
    "code_texts_per_hour": "the default",
    "clock_url": "never: for the local stack",
    "firebase_token_uri": "the default: Google's own",
    "firebase_send_url": "never: for the local stack",
    "webhooks_to_this_machine": "never: for the local stack and tests",
    "azure_storage_connection_string": "never: the app's identity takes the place of the key",
    "history_kept_days": "the default: they keep it",
    "diners_kept_days": "the default: that is for each owner to decide",
    "proxy_hops": "the default: the platform's own front end",
    "otel_exporter_otlp_endpoint": "never: Application Insights takes it",
    "telemetry_share": "the default",
    "telemetry_traces_per_second": "the default",
}
"""Settings that no deployment sets, and why; everything else comes from infra/modules/appSettings.bicep."""


def default(field: FieldInfo) -> str:
    """A field's default as a person would write it."""
    if field.is_required():
        return "required"
    if field.default is None:
        return "unset"
    return f"`{str(field.default).lower() if isinstance(field.default, bool) else field.default}`"


def table() -> str:
    """The whole table, one line per setting, in the order of shared/settings.py."""
    lines = ["| setting | default | what it decides | in Azure |", "|---|---|---|---|"]
    for name, field in Settings.model_fields.items():
        origin = NOT_IN_BICEP.get(name, "Bicep")
        lines.append(f"| `{name.upper()}` | {default(field)} | {field.description} | {origin} |")
    return "\n".join(lines) + "\n"


def with_table(page: str) -> str:
    """The page with the table of today between the two marks. Raises ValueError where the marks are missing."""
    pattern = re.escape(BEGIN) + ".*" + re.escape(END)
    made, count = re.subn(pattern, lambda _: BEGIN + table() + END, page, flags=re.DOTALL)
    if count != 1:
        raise ValueError(f"{PAGE.name} needs the marks {BEGIN.strip()} and {END.strip()} once")
    return made


def main(arguments: list[str]) -> int:
    if arguments == ["--write"]:
        PAGE.write_text(with_table(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
    else:
        print(table(), end="")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
