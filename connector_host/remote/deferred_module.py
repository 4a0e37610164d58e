"""Modules that are imported when something of them is first used: a process is started before they are."""

from __future__ import annotations

from importlib import import_module
from typing import Any

__all__ = ["DeferredModule"]


class DeferredModule:
    """Stand-in of a module of `connector_host`, by its name there."""

    def __init__(self, name: str) -> None:
        self._name = f"{__name__.partition('.')[0]}.{name}"

    def __getattr__(self, name: str) -> Any:
        value = getattr(import_module(self._name), name)
        setattr(self, name, value)
        return value
