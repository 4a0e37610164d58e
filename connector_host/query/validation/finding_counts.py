"""Findings, counted by what they say."""

from __future__ import annotations

import enum

from msgspec import Struct

__all__ = ["FindingTally", "Severity", "ValidationFinding", "with_article"]


class Severity(enum.StrEnum):
    """How bad a finding is."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


class ValidationFinding(Struct, frozen=True):
    """One thing that is to be said of a file, how often it is so, and the first case."""

    severity: Severity
    text: str
    count: int = 1
    example: str = ""


class FindingTally:
    """Collects findings; cases of the same are counted, so that it stays small."""

    def __init__(self) -> None:
        self._found: dict[tuple[Severity, str], ValidationFinding] = {}

    def add(self, severity: Severity, text: str, example: str = "", count: int = 1) -> None:
        """Say something once more."""
        before = self._found.get((severity, text))
        if before is not None:
            count, example = before.count + count, before.example
        self._found[severity, text] = ValidationFinding(severity, text, count, example)

    def findings(self) -> list[ValidationFinding]:
        """All findings, the worst first."""
        order = list(Severity)
        return sorted(self._found.values(), key=lambda finding: order.index(finding.severity))


def with_article(noun: str) -> str:
    """The noun with its article."""
    return f"{'an' if noun[:1] in 'aeiou' else 'a'} {noun}"
