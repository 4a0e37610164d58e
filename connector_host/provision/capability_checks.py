"""Checks that a connector is able to make a change, before it is called."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from ..errors import ConfigError
from ..model import Can, ResourceType
from ..plugins.facade import HOOK_CAN, Connector, declares
from .change_requests import Step

__all__ = ["check_able", "check_declared", "check_steps", "refusal"]

WHAT = {
    Can.GRANT: "grant or revoke anything on resources",
    Can.CREATE_ACCOUNT: "create accounts",
    Can.CREATE: "create resources",
    Can.DELETE: "delete resources",
    Can.ISSUE_CREDENTIAL: "issue credentials for resources",
    Can.ROTATE_CREDENTIALS: "rotate the credentials of resources",
    Can.SET_STATUS: "enable or disable resources",
}
MOST_PROBLEMS = 20


def check_able(connector: Connector, hook: str, *, dry_run: bool) -> None:
    """Raise ConfigError, before anything else is done, when the connector lacks the hook."""
    if hook not in connector.hooks:
        raise ConfigError(f"the connector {connector.name} cannot do this: it has no hook {hook}")
    if dry_run and not connector.accepts(hook, "dry_run"):
        raise ConfigError(f"the connector {connector.name} cannot do a dry run of {hook}", hint="Nothing was done.")


def check_declared(connector: Connector, types: Mapping[str, ResourceType], step: Step) -> None:
    """Raise ConfigError for a change that the resource type does not declare (`ResourceType.can`).

    A type that declares nothing, or that is not listed, is left to the connector.
    """
    can = HOOK_CAN[step.hook]
    if step.resource_type:
        about = [types[step.resource_type]] if step.resource_type in types else []
    else:
        about = list(types.values())
    if not about or any(declares(resource_type, can) is not False for resource_type in about):
        return
    where = f" of the type {step.resource_type!r}" if step.resource_type else ""
    able = _names(resource_type for resource_type in types.values() if declares(resource_type, can) is not False)
    raise ConfigError(
        f"the connector {connector.name} cannot {WHAT[can]}{where}",
        hint=f"It can for the type(s) {able}." if able else f"See: connector-host capabilities {connector.name}.",
    )


def check_steps(connector: Connector, types: Mapping[str, ResourceType], steps: Sequence[tuple[int, Step]]) -> None:
    """Check many steps, each with the number of its line, as `check_declared`; the error names each that fails."""
    problems: list[str] = []
    for number, step in steps:
        try:
            check_declared(connector, types, step)
        except ConfigError as error:
            if len(steps) == 1:
                raise
            problems.append(f"line {number}: {error.message} ({error.hint})")
    if problems:
        raise refusal(f"{len(problems)} of {len(steps)} changes cannot be made", problems)


def refusal(summary: str, problems: Sequence[str]) -> ConfigError:
    """Return one error for many problems, a line each."""
    more = len(problems) - MOST_PROBLEMS
    unlisted = [f"and {more} more"] if more > 0 else []
    listed = "\n".join(f"  {text}" for text in (*problems[:MOST_PROBLEMS], *unlisted))
    return ConfigError(f"{summary}:\n{listed}", hint="Nothing was done.")


def _names(types: Iterable[ResourceType]) -> str:
    return ", ".join(resource_type.id for resource_type in types)
