"""The author's API of connector-host: all that a connector imports.

The host finds connectors by entry point, drives their hooks page by page and does the rest: options and secrets,
retries, rate limits, checkpoints, grant expansion, files, provisioning, reports.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .errors import (
        AuthError,
        BadResponse,
        ConfigError,
        ConnectorError,
        ConnectorHostError,
        NotFound,
        NotPermitted,
        RateLimited,
        Unavailable,
    )
    from .hookspecs import HOST_API, hookimpl
    from .model import (
        AccountRequest,
        AccountType,
        Annotation,
        AppTrait,
        Can,
        Change,
        ConnectorInfo,
        CreationSource,
        Email,
        Entitlement,
        EntitlementRef,
        External,
        ExternalResourceMatch,
        ExternalResourceMatchAll,
        ExternalResourceMatchID,
        Grant,
        GrantExpandable,
        GroupTrait,
        Identity,
        Outcome,
        Page,
        Purpose,
        RateLimit,
        RateLimitStatus,
        Resource,
        ResourceId,
        ResourceStatus,
        ResourceTrait,
        ResourceType,
        RoleTrait,
        SecretTrait,
        Status,
        StructuredName,
        Trait,
        UserTrait,
    )
    from .options import Option, Options, OptionType, Source
    from .run import Run
    from .secret import Secret

__all__ = [
    "HOST_API",
    "AccountRequest",
    "AccountType",
    "Annotation",
    "AppTrait",
    "AuthError",
    "BadResponse",
    "Can",
    "Change",
    "ConfigError",
    "ConnectorError",
    "ConnectorHostError",
    "ConnectorInfo",
    "CreationSource",
    "Email",
    "Entitlement",
    "EntitlementRef",
    "External",
    "ExternalResourceMatch",
    "ExternalResourceMatchAll",
    "ExternalResourceMatchID",
    "Grant",
    "GrantExpandable",
    "GroupTrait",
    "Identity",
    "NotFound",
    "NotPermitted",
    "Option",
    "OptionType",
    "Options",
    "Outcome",
    "Page",
    "Purpose",
    "RateLimit",
    "RateLimitStatus",
    "RateLimited",
    "Resource",
    "ResourceId",
    "ResourceStatus",
    "ResourceTrait",
    "ResourceType",
    "RoleTrait",
    "Run",
    "Secret",
    "SecretTrait",
    "Source",
    "Status",
    "StructuredName",
    "Trait",
    "Unavailable",
    "UserTrait",
    "hookimpl",
]


if not TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        """Import a name when it is first asked for: `connector-host --help` needs none of them."""
        if name in __all__:
            for part in ("errors", "model", "hookspecs", "options", "run", "secret"):
                module = import_module(f".{part}", __name__)
                if name in module.__all__:
                    return globals().setdefault(name, getattr(module, name))
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

    def __dir__() -> list[str]:
        return [*globals(), *__all__]
