"""Contract tests of changes: the capabilities of types, and a round trip of grant and revoke."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import Any, ClassVar

import pytest

from ..model import Can, Change, Entitlement, Grant, Outcome, Resource, ResourceType, UserTrait
from ..plugins.facade import HOOK_CAN, declares
from .contract_helpers import first_of, require
from .harness import Harness, Problem, Reading, names, short_trace
from .object_tests import grantable_ids

__all__ = ["ProvisioningTests"]

__tracebackhide__ = short_trace


class ProvisioningTests:
    """The part of the contract about hooks that change the application."""

    provisioning: ClassVar[bool] = False

    def test_types_say_what_can_be_done(self, harness: Harness, reading: Reading) -> None:
        """`ResourceType.can` and the provisioning hooks agree: the host refuses what no type declares."""
        types = [*_described_types(harness), *reading.types]
        hooks = sorted(hook for hook in HOOK_CAN if hook in harness.connector.hooks)
        for resource_type, can in itertools.product(types, Can):
            needed = [hook for hook, capability in HOOK_CAN.items() if capability is can]
            if declares(resource_type, can) and not set(needed).intersection(hooks):
                raise Problem(
                    f"the type {resource_type.id!r} declares {can!r}, but there is no hook {' or '.join(needed)}."
                )
        for hook in hooks:
            if not any(declares(resource_type, HOOK_CAN[hook]) is not False for resource_type in types):
                raise Problem(
                    f"there is a hook {hook}, but no type declares {HOOK_CAN[hook]!r} in `can`, so it is never called."
                )
        if not hooks:
            pytest.skip("it has no hook that changes anything")
        if silent := sorted({resource_type.id for resource_type in types if resource_type.can is None}):
            pytest.skip(f"these types do not declare `can`, so everything is tried: {first_of(silent)}")

    def test_grant_and_revoke_round_trip(self, harness: Harness, session: Any, reading: Reading) -> None:
        """Granting a held and revoking a missing entitlement are success, and listings show the change."""
        require(harness, "grant", "revoke")
        if not self.provisioning:
            pytest.skip("it can grant and revoke: set provisioning = True to let the tests change the application")
        principal, entitlement = self.choose_grant(reading)
        grant = Grant(entitlement, principal)  # complete, as the host passes it
        connector = harness.connector

        def grant_it() -> Change:
            return connector.grant(session, principal, entitlement, False)

        def revoke_it() -> Change:
            return connector.revoke(session, grant, False)

        if connector.accepts("grant", "dry_run"):
            _check_outcome(
                "a dry run of grant", lambda: connector.grant(session, principal, entitlement, True), Outcome.PLANNED
            )
            _check_listed(harness, session, grant, expected=False)
        _check_outcome("grant", grant_it, Outcome.DONE)
        try:
            _check_outcome("grant of a held entitlement", grant_it, Outcome.ALREADY)
            _check_listed(harness, session, grant, expected=True)
        finally:
            _check_outcome("revoke", revoke_it, Outcome.DONE)
        _check_outcome("revoke of a missing grant", revoke_it, Outcome.ALREADY)
        _check_listed(harness, session, grant, expected=False)

    def choose_grant(self, reading: Reading) -> tuple[Resource, Entitlement]:
        """Return a principal and an entitlement that it does not hold. Override it to choose yourself."""
        held = {(grant.entitlement.id, grant.principal_id) for grant in reading.grants}
        fixed = {resource_type.id for resource_type in reading.types if declares(resource_type, Can.GRANT) is False}
        users = [
            resource for resource in reading.resources if any(isinstance(trait, UserTrait) for trait in resource.traits)
        ]
        for entitlement in reading.entitlements:
            if entitlement.resource.id.resource_type in fixed:
                continue
            for user in users:
                fits = not entitlement.grantable_to or user.id.resource_type in grantable_ids(entitlement)
                if fits and (entitlement.id, user.id) not in held:
                    return user, entitlement
        pytest.skip("every user holds every entitlement: override choose_grant")


def _described_types(harness: Harness) -> Sequence[ResourceType]:
    """Return the types that the connector has without a session; none if that fails, which another test reports."""
    try:
        return harness.connector.list_resource_types(None, None).items
    except Exception:  # noqa: BLE001 - as above
        return ()


def _check_outcome(action: str, change: Callable[[], Change], expected: Outcome) -> None:
    try:
        outcome = change().outcome
    except Exception as error:
        raise Problem(
            f"{action} raised {type(error).__name__}: {error}. It must return the outcome {expected!s}."
        ) from error
    if outcome != expected:
        raise Problem(f"{action} returned the outcome {outcome!s}, not {expected!s}.")


def _check_listed(harness: Harness, session: Any, grant: Grant, *, expected: bool) -> None:
    name = names([grant])[0]
    if (name in names(harness.read(session).grants)) != expected:
        change = "granted, but list_grants does not list it" if expected else "revoked, but list_grants still lists it"
        raise Problem(f"{name} was {change}.")
