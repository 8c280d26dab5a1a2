"""A finding: what was looked at, how it is, and what to do about it."""

from dataclasses import dataclass
from typing import Literal

State = Literal["ok", "warn", "fail"]


@dataclass(frozen=True)
class Finding:
    """subject: a provider, or the database. away: it could not be reached at all."""

    subject: str
    about: str
    state: State
    found: str
    do: str | None = None
    away: bool = False


@dataclass(frozen=True)
class Subject:
    """Findings of one subject are made here."""

    name: str

    def ok(self, about: str, found: str) -> Finding:
        return Finding(self.name, about, "ok", found)

    def warn(self, about: str, found: str, do: str) -> Finding:
        return Finding(self.name, about, "warn", found, do)

    def fail(self, about: str, found: str, do: str) -> Finding:
        return Finding(self.name, about, "fail", found, do)

    def away(self, found: str, do: str) -> Finding:
        return Finding(self.name, "reach", "fail", found, do, away=True)
