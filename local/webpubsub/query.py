"""The query of a call."""

from collections.abc import Mapping
from dataclasses import dataclass

from local.webpubsub.answers import RefusedError


@dataclass(frozen=True)
class Query:
    """The query of a call, each name with its values."""

    values: Mapping[str, list[str]]

    def all(self, name: str) -> list[str]:
        """Every value given for the name."""
        return self.values.get(name, [])

    def one(self, name: str) -> str | None:
        """The last value given for the name, or None."""
        values = self.values.get(name)
        return values[-1] if values else None

    def number(self, name: str, default: int, highest: int) -> int:
        """A whole number from 0 to `highest`; RefusedError (400) for anything else."""
        text = self.one(name)
        if text is None:
            return default
        if not text.isascii() or not text.isdigit() or len(text) > 10 or int(text) > highest:
            raise RefusedError(400, "InvalidQuery", f"{name} must be a whole number from 0 to {highest}")
        return int(text)
