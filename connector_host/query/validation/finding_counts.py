"""Findings of a validation, counted by their text."""

from __future__ import annotations

import enum

from msgspec import Struct

__all__ = ["FindingSeverity", "FindingTally", "ValidationFinding", "with_article"]


class FindingSeverity(enum.StrEnum):
    """Severity of a finding."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


class ValidationFinding(Struct, frozen=True):
    """A finding about a file, its number of cases, and the first of them."""

    severity: FindingSeverity
    text: str
    count: int = 1
    example: str = ""


class FindingTally:
    """Collector of findings; it counts cases of one finding, so that it stays small."""

    def __init__(self) -> None:
        self._findings: dict[tuple[FindingSeverity, str], ValidationFinding] = {}
        self.cases = 0
        """The number of cases that were added."""

    def add(self, severity: FindingSeverity, text: str, example: str = "", count: int = 1) -> None:
        """Add a case of a finding, or several."""
        self.cases += count
        before = self._findings.get((severity, text))
        if before is not None:
            count, example = before.count + count, before.example
        self._findings[severity, text] = ValidationFinding(severity, text, count, example)

    def extend(self, tally: FindingTally) -> None:
        """Add the findings of another tally."""
        for finding in tally.findings():
            self.add(finding.severity, finding.text, finding.example, finding.count)

    def findings(self) -> list[ValidationFinding]:
        """Return all findings, the most severe first."""
        order = list(FindingSeverity)
        return sorted(self._findings.values(), key=lambda finding: order.index(finding.severity))


def with_article(noun: str) -> str:
    """Return a noun with its article."""
    return f"{'an' if noun[:1] in 'aeiou' else 'a'} {noun}"
