"""The error about a package of an extra that is not installed."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager

from ..errors import ConfigError

__all__ = ["GRPC_PACKAGES", "needs_extra"]

GRPC_PACKAGES = ("cryptography", "grpclib", "h2", "hpack", "multidict", "pyrage")


@contextmanager
def needs_extra(task: str, extra: str, packages: Collection[str]) -> Iterator[None]:
    """Turn the error about one of an extra's packages that is missing, in the block's imports, into ConfigError."""
    try:
        yield
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in packages:
            raise
        raise ConfigError(
            f"{task} needs the package {error.name}", hint=f"Install it: pip install 'connector-host[{extra}]'."
        ) from None
