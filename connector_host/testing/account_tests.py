"""Contract tests of accounts, resources and credentials: what is declared, and what is created and removed again."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

import pytest
from msgspec import structs

from ..credentials import (
    AccountField,
    AccountFieldType,
    AccountRequest,
    AccountSchema,
    CredentialRequest,
    IssueOption,
    IssueRequest,
)
from ..enums import CredentialMode
from ..model import Can, Change, Outcome, Resource, ResourceId, ResourceType, SecretTrait, Trait
from ..plugins.facade import declares
from ..provision.credential_choice import choose_credentials
from ..secret import Secret
from .contract_helpers import require
from .harness import Harness, Problem, Reading, names, short_trace

__all__ = ["AccountTests"]

__tracebackhide__ = short_trace

SAMPLES: dict[AccountFieldType, Any] = {
    AccountFieldType.STRING: "sample",
    AccountFieldType.BOOL: True,
    AccountFieldType.INT: 1,
    AccountFieldType.STRINGS: ("sample",),
    AccountFieldType.MAP: {"sample": True},
}
ENDS = (Outcome.DONE, Outcome.ALREADY)


class AccountTests:
    """The part of the contract about hooks that create accounts, resources and credentials."""

    creating: ClassVar[bool] = False

    def test_declared_credentials_have_hooks(self, harness: Harness, session: Any, reading: Reading) -> None:
        """`account_schema` and `credential_details` work without a session, and name what there are hooks for."""
        if not {"account_schema", "credential_details"} & harness.connector.hooks:
            pytest.skip("it has neither account_schema nor credential_details")
        for source in (None, session):
            where = "without a session" if source is None else "with a session"
            try:
                schema = harness.connector.account_schema(source)
                details = harness.connector.credential_details(source)
            except Exception as error:
                raise Problem(f"{where}: {type(error).__name__}: {error}.") from error
            needed = {
                "create_account": schema is not None or details.create_account,
                "rotate_credentials": details.rotate,
                "issue_credential": details.issue,
            }
            for hook, is_declared in needed.items():
                if is_declared and hook not in harness.connector.hooks:
                    raise Problem(f"{where} it declares fields or options for the hook {hook}, which it lacks.")
        listed = {resource_type.id for resource_type in reading.types}
        for form in harness.connector.credential_details(session).issue:
            if form.resource_type not in listed:
                raise Problem(
                    f"{form.option.name} can be issued for the type {form.resource_type!r}, but list_resource_types has"
                    " no such type."
                )

    def test_account_creation(self, harness: Harness, session: Any, reading: Reading) -> None:
        """A new account is listed, a second creation is success, a dry run creates nothing, secrets are secrets."""
        require(harness, "create_account")
        self._require_creating()
        connector = harness.connector
        request = self.new_account(connector.account_schema(session))
        options = connector.credential_details(session).create_account
        request = _with_credentials(request, choose_credentials(CredentialRequest(), options))
        if connector.accepts("create_account", "dry_run"):
            planned = connector.create_account(session, request, True)
            _check_planned("create_account", planned)
            _check_absent(harness, session, planned.resource, reading, "a dry run of create_account")
        change = connector.create_account(session, request, False)
        if change.outcome is Outcome.ALREADY:
            raise Problem("create_account of a new name returned the outcome already. Override new_account.")
        change = self._completed(harness, session, change)
        _check_secrets("create_account", change)
        created = _created("create_account", change)
        with self._removed_afterwards(harness, session, created):
            if change.outcome is Outcome.DONE:
                _check_listed(harness, session, created, expected=True)
                again = connector.create_account(session, request, False)
                if again.outcome is not Outcome.ALREADY or again.every_secret:
                    secret = " and a secret" if again.every_secret else ""
                    raise Problem(
                        f"create_account of an account that exists returned {again.outcome!s}{secret}."
                        " Return the outcome already, without a secret."
                    )

    def test_resource_creation(self, harness: Harness, session: Any, reading: Reading) -> None:
        """A new resource is listed, a second creation is success, and a dry run creates nothing."""
        require(harness, "create_resource")
        self._require_creating()
        connector = harness.connector
        resource = self.new_resource(reading)
        if connector.accepts("create_resource", "dry_run"):
            planned = connector.create_resource(session, resource, True)
            _check_planned("create_resource", planned)
            _check_absent(harness, session, planned.resource, reading, "a dry run of create_resource")
        change = connector.create_resource(session, resource, False)
        created = _created("create_resource", change)
        with self._removed_afterwards(harness, session, created):
            _check_listed(harness, session, created, expected=True)
            again = connector.create_resource(session, resource, False)
            if change.outcome is not Outcome.DONE or again.outcome is not Outcome.ALREADY:
                raise Problem(
                    f"create_resource returned {change.outcome!s}, and then for the same resource {again.outcome!s}."
                    " It must be done, and then already."
                )

    def test_rotation(self, harness: Harness, session: Any, reading: Reading) -> None:
        """Each rotation returns another secret, which is in no call, and a dry run none."""
        require(harness, "rotate_credentials")
        self._require_creating()
        connector = harness.connector
        account = self.choose_account(reading, Can.ROTATE_CREDENTIALS)
        options = connector.credential_details(session).rotate
        credentials = choose_credentials(CredentialRequest(), options)

        def rotate(dry_run: bool) -> Change:
            return connector.rotate_credentials(session, account, credentials, dry_run)

        if connector.accepts("rotate_credentials", "dry_run"):
            _check_planned("rotate_credentials", rotate(True))
        _check_renewed("rotate_credentials", [rotate(False), rotate(False)])

    def test_issuing_credentials(self, harness: Harness, session: Any, reading: Reading) -> None:
        """Each form of credential is a resource of its own with another secret, and listed as its mode says."""
        require(harness, "issue_credential")
        self._require_creating()
        connector = harness.connector
        for form in connector.credential_details(session).issue:
            account = self.choose_account(reading, Can.ISSUE_CREDENTIAL, form.resource_type)
            requests = [_issue_request(form) for _ in range(2)]
            if connector.accepts("issue_credential", "dry_run"):
                _check_planned("issue_credential", connector.issue_credential(session, account, requests[0], True))
            changes = [connector.issue_credential(session, account, request, False) for request in requests]
            _check_renewed("issue_credential", changes)
            created = [_created("issue_credential", change) for change in changes]
            if created[0].id == created[1].id:
                raise Problem(f"issue_credential returned {created[0].id} for two credentials. Give each its own id.")
            for resource in created:
                _check_credential(harness, session, resource, account, form)
                self._remove(harness, session, resource)

    # ----------------------------------------------------------------------------------------------- choices

    def new_account(self, schema: AccountSchema | None) -> AccountRequest:
        """Return an account that does not exist. Override it if the connector needs other values."""
        name = f"contract-{uuid.uuid4().hex[:12]}"
        names_by_field = {"login": name, "email": f"{name}@example.com", "display_name": name}
        fields = schema.asked if schema is not None else ()
        needed = [field for field in fields if field.required or field.name in names_by_field]
        profile = {field.name: names_by_field.get(field.name, _sample(field)) for field in needed}
        return AccountRequest(
            login=name,
            email=f"{name}@example.com",
            display_name=name,
            profile=schema.parse(profile) if schema is not None else None,
        )

    def new_resource(self, reading: Reading) -> Resource:
        """Return a resource to create, of a type that declares `Can.CREATE`. Override it to choose yourself."""
        types = [item for item in reading.types if declares(item, Can.CREATE) and Trait.USER not in item.traits]
        if not types:
            pytest.skip("no type declares Can.CREATE: override new_resource")
        chosen = types[0].id
        sibling = next((item for item in reading.resources if item.id.resource_type == chosen), None)
        name = f"contract-{uuid.uuid4().hex[:12]}"
        return Resource(ResourceId(chosen, ""), name, sibling.parent if sibling else None)

    def choose_account(self, reading: Reading, can: Can, resource_type: str = "") -> Resource:
        """Return a resource whose credentials may change. Override it to choose yourself."""
        types = {item.id: item for item in reading.types if _allows(item, can)}
        for resource in reading.resources:
            type_id = resource.id.resource_type
            if type_id in types and resource_type in ("", type_id):
                return resource
        pytest.skip(f"no resource of a type that declares {can!s} is listed: override choose_account")

    # ----------------------------------------------------------------------------------------------- helpers

    def _require_creating(self) -> None:
        if not self.creating:
            pytest.skip("set creating = True to let the tests create and remove objects in the application")

    def _completed(self, harness: Harness, session: Any, change: Change) -> Change:
        """Return the change of an account that is in progress once it is created."""
        if change.outcome is not Outcome.IN_PROGRESS:
            return change
        if not change.creation_id or "get_account_creation" not in harness.connector.hooks:
            raise Problem(
                "create_account returned in_progress, but it cannot be asked again: there is no creation_id, or no hook"
                " get_account_creation."
            )
        return harness.connector.get_account_creation(session, change.creation_id)

    @contextmanager
    def _removed_afterwards(self, harness: Harness, session: Any, resource: Resource) -> Iterator[None]:
        try:
            yield
        finally:
            self._remove(harness, session, resource)
        if "delete_resource" in harness.connector.hooks:
            _check_listed(harness, session, resource, expected=False)

    def _remove(self, harness: Harness, session: Any, resource: Resource) -> None:
        if "delete_resource" in harness.connector.hooks:
            outcome = harness.connector.delete_resource(session, resource, False).outcome
            if outcome not in ENDS:
                raise Problem(f"delete_resource of {resource.id} returned {outcome!s}, not done or already.")


def _allows(resource_type: ResourceType, can: Can) -> bool:
    declared = declares(resource_type, can)
    if declared is None:
        return not {Trait.USER, Trait.SECRET}.isdisjoint(resource_type.traits)
    return declared


def _sample(field: AccountField) -> Any:
    if field.default is not None:
        return field.default
    return field.placeholder or SAMPLES[field.type]


def _with_credentials(request: AccountRequest, credentials: CredentialRequest) -> AccountRequest:
    return structs.replace(request, credentials=credentials)


def _issue_request(form: IssueOption) -> IssueRequest:
    end = None
    if form.max_seconds is not None:
        seconds = max(form.min_seconds or 0, min(form.max_seconds, 3600.0))
        end = datetime.now(UTC) + timedelta(seconds=seconds)
    return IssueRequest(
        option=form.option,
        request_id=uuid.uuid4().hex,
        key_profile=form.key_profiles[0] if form.key_profiles else None,
        scopes=form.scopes[:1],
        audiences=form.audiences[:1],
        expires_at=end,
    )


# ----------------------------------------------------------------------------------------------- checks


def _check_planned(hook: str, change: Change) -> None:
    if change.outcome is not Outcome.PLANNED:
        raise Problem(f"a dry run of {hook} returned {change.outcome!s}. It must return the outcome planned.")
    if change.every_secret:
        raise Problem(f"a dry run of {hook} returned a secret, so something was created.")


def _check_secrets(hook: str, change: Change) -> None:
    for entry in change.every_secret:
        if not isinstance(entry.value, Secret) or not entry.value:
            raise Problem(f"{hook} returned a secret that is no connector_host.Secret, or is empty.")
        if any(entry.value.reveal() in call for call in change.calls):
            raise Problem(f"{hook} returned calls that contain the secret. They are recorded and shown.")
    repeated = [entry.name for entry in change.every_secret]
    if len(set(repeated)) != len(repeated):
        raise Problem(f"{hook} returned two secrets of one name: {', '.join(repeated)}.")


def _check_renewed(hook: str, changes: list[Change]) -> None:
    """Check that two changes are done, and each returned another secret."""
    values = []
    for change in changes:
        if change.outcome is not Outcome.DONE:
            raise Problem(f"{hook} returned the outcome {change.outcome!s}, not done.")
        _check_secrets(hook, change)
        if not change.every_secret:
            raise Problem(f"{hook} returned no secret. Put the new one into `secret` or `secrets`.")
        values.append({entry.value.reveal() for entry in change.every_secret})
    if values[0] & values[1]:
        raise Problem(f"{hook} returned the same secret twice.")


def _created(hook: str, change: Change) -> Resource:
    if change.resource is None:
        raise Problem(f"{hook} returned no resource. Return the new one as the application has it.")
    if not change.resource.id.resource:
        raise Problem(f"{hook} returned a resource without an id.")
    return change.resource


def _check_listed(harness: Harness, session: Any, resource: Resource, *, expected: bool) -> None:
    name = names([resource])[0]
    if (name in names(harness.read(session).resources)) != expected:
        fault = "created, but list_resources does not list it" if expected else "deleted, but it is still listed"
        raise Problem(f"{name} was {fault}.")


def _check_absent(harness: Harness, session: Any, resource: Resource | None, reading: Reading, change: str) -> None:
    listed = names(harness.read(session).resources)
    if (resource is not None and names([resource])[0] in listed) or len(listed) != len(reading.resources):
        raise Problem(f"{change} created something: list_resources lists other resources than before.")


def _check_credential(harness: Harness, session: Any, resource: Resource, account: Resource, form: IssueOption) -> None:
    traits = [trait for trait in resource.traits if isinstance(trait, SecretTrait)]
    if not traits or traits[0].identity != account.id:
        raise Problem(
            f"{resource.id} has no SecretTrait with the identity {account.id}, so nobody knows whose credential it is."
        )
    if form.secret_type and resource.id.resource_type != form.secret_type:
        raise Problem(f"{resource.id} is not of the type {form.secret_type!r} that credential_details names.")
    is_listed = names([resource])[0] in names(harness.read(session).resources)
    if is_listed != (form.mode is CredentialMode.DISCOVERABLE):
        listed = "lists" if is_listed else "does not list"
        raise Problem(
            f"{form.option.name} has the mode {form.mode.name}, but list_resources {listed} the credential"
            f" {resource.id}."
        )
