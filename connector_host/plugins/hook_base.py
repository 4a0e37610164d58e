"""Base of the typed facade: one loaded connector, and the ways in which its hooks are called."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import pluggy

from ..errors import ConfigError, PluginError
from ..model import Change, ConnectorInfo, Page
from ..options import Option, Options
from ..run import Run
from . import result_checks

__all__ = ["HookBase"]


Begun = Callable[[Options, Run], AbstractContextManager[None]]


def _nothing_begun(_options: Options, _run: Run) -> AbstractContextManager[None]:
    return nullcontext()


class HookBase:
    """One loaded connector: its description, its hooks, and calls of them whose results are checked.

    `is_remote`: its hooks ask another process, which may lack some, and items of pages keep the bytes they came in.
    `begun(options, run)` begins what a session will need, for as long as its block lasts: a process starts meanwhile.
    """

    def __init__(
        self,
        manager: pluggy.PluginManager,
        hooks: frozenset[str],
        info: ConnectorInfo,
        options: tuple[Option, ...],
        *,
        name: str,
        version: str,
        distribution: str,
    ) -> None:
        self.manager = manager
        self.hooks = hooks
        self.info = info
        self.options = options
        self.name = name
        self.version = version
        self.distribution = distribution
        self.is_remote = False
        self.begun: Begun = _nothing_begun
        self._hook: Any = manager.hook

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name} {self.version}>"

    def accepts(self, hook: str, argument: str) -> bool:
        """Return True if the connector implements `hook` and declares `argument` there."""
        return hook in self.hooks and any(
            argument in implementation.argnames
            for implementation in getattr(self._hook, hook).get_hookimpls()
            if implementation.plugin_name == self.name
        )

    def _where(self, hook: str) -> str:
        return f"connector {self.name}: {hook}"

    def _page(self, hook: str, **arguments: Any) -> Page[Any]:
        if hook not in self.hooks:
            return Page(())
        page = result_checks.checked_page(getattr(self._hook, hook)(**arguments), self._where(hook))
        if page.unchanged and arguments.get("etag") is None:
            raise PluginError(
                f"{self._where(hook)} returned an unchanged Page, but the host passed no etag",
                hint="Return unchanged=True only from list_grants, and only if the argument etag is not None.",
            )
        return page

    def _require(self, hook: str, *, dry_run: bool) -> None:
        if hook not in self.hooks:
            raise ConfigError(f"the connector {self.name} cannot do this: it has no hook {hook}")
        if dry_run and not self.accepts(hook, "dry_run"):
            raise ConfigError(f"the connector {self.name} cannot do a dry run of {hook}", hint="Nothing was changed.")

    def _change(self, hook: str, dry_run: bool, **arguments: Any) -> Change:
        self._require(hook, dry_run=dry_run)
        change = getattr(self._hook, hook)(dry_run=dry_run, **arguments)
        return result_checks.checked_change(change, self._where(hook))
