"""The deprecated parts of the contract, all in one place.

A hook or an argument is named here at least one minor version before anything changes; when a connector that uses it is
loaded, the host logs one warning. Arguments are only ever added to hooks: a deprecated one is still passed until
`HOST_API` changes.
"""

from __future__ import annotations

import logging
from collections.abc import Collection

from msgspec import Struct

__all__ = ["DEPRECATED", "Deprecation", "warn_deprecated"]

log = logging.getLogger(__name__)


class Deprecation(Struct, frozen=True):
    """Deprecated `since` a version of the host. `removed`: the earliest version without it; `instead`: what to do."""

    since: str
    removed: str
    instead: str


DEPRECATED: dict[tuple[str, str], Deprecation] = {}
"""(hook, argument), or (hook, "") for a whole hook. Nothing is deprecated in API 1."""


def warn_deprecated(owner: str, hook: str, arguments: Collection[str]) -> None:
    """Log a warning for each deprecated part of the contract that a connector's implementation of `hook` uses."""
    for argument in ("", *arguments):
        deprecation = DEPRECATED.get((hook, argument))
        if deprecation is not None:
            log.warning(
                "%s uses %s, which is deprecated since %s and may be removed in %s: %s",
                owner,
                f"the argument {argument!r} of the hook {hook}" if argument else f"the hook {hook}",
                deprecation.since,
                deprecation.removed,
                deprecation.instead,
            )
