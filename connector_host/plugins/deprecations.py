"""What of the contract is on its way out: all of it, in one place.

A hook or an argument is named here one minor version before anything changes, at least, and a connector that still uses
it is told once when it is loaded. Arguments are only ever added to hooks; one that is named here goes on being given
until `HOST_API` changes.
"""

from __future__ import annotations

import logging
from collections.abc import Collection

from msgspec import Struct

__all__ = ["DEPRECATED", "Deprecation", "warn_deprecated"]

log = logging.getLogger(__name__)


class Deprecation(Struct, frozen=True):
    """Deprecated `since` a version of the host, and not gone before the version `gone`; `instead`: what to do."""

    since: str
    gone: str
    instead: str


DEPRECATED: dict[tuple[str, str], Deprecation] = {}
"""(hook, argument), or (hook, "") for a whole hook. Nothing is deprecated in API 1."""


def warn_deprecated(who: str, hook: str, arguments: Collection[str]) -> None:
    """Warn of what a connector's implementation of a hook uses that is deprecated."""
    for argument in ("", *arguments):
        found = DEPRECATED.get((hook, argument))
        if found is not None:
            what = f"the argument {argument!r} of the hook {hook}" if argument else f"the hook {hook}"
            log.warning(
                "%s uses %s, which is deprecated since %s and may go with %s: %s",
                who,
                what,
                found.since,
                found.gone,
                found.instead,
            )
