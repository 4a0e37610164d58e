"""The requests that a connector's provisioning hooks take: one value for each call, ready to be made and recorded."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from ..credentials import CredentialRequest, IssueRequest
from ..enums import CredentialOption
from ..model import AccountRequest, Change, Entitlement, EntitlementRef, Grant, Resource, ResourceStatus
from ..plugins.facade import Connector

__all__ = [
    "AskAccount",
    "Create",
    "CreateResource",
    "Delete",
    "Give",
    "Issue",
    "Rotate",
    "SetStatus",
    "Step",
    "Take",
    "credential_words",
    "named",
    "named_entitlement",
]


class Give(Struct, frozen=True):
    """Grant an entitlement to a principal, both whole as stored. `decision` says who decided it and why."""

    principal: Resource
    entitlement: Entitlement
    decision: tuple[tuple[str, str], ...] = ()

    hook = "grant"

    @property
    def subject(self) -> str:
        """The subject, for messages."""
        return f"{self.entitlement.id} to {self.principal.id}"

    @property
    def resource_type(self) -> str:
        """The type that must declare that this can be done."""
        return self.entitlement.resource.id.resource_type

    def call(self, connector: Connector, session: Any, dry_run: bool) -> Change:
        """Call the hook."""
        return connector.grant(session, self.principal, self.entitlement, dry_run)

    def record(self) -> dict[str, Any]:
        """Return its fields for the audit record."""
        return {"principal": str(self.principal.id), "entitlement": self.entitlement.id, **_decided(self.decision)}

    def title(self) -> str:
        """Describe it for people."""
        return f"grant {named_entitlement(self.entitlement)} to {named(self.principal)}"


class Take(Struct, frozen=True):
    """Revoke a grant; its entitlement and principal are whole.

    `stored`: the file has it. `remaining` names the entitlements through which the principal keeps it nevertheless.
    `decision` says who decided it and why.
    """

    grant: Grant
    stored: bool = True
    remaining: tuple[str, ...] = ()
    decision: tuple[tuple[str, str], ...] = ()

    hook = "revoke"

    @property
    def subject(self) -> str:
        """The subject, for messages."""
        return f"{self.grant.entitlement.id} from {self.grant.principal_id}"

    @property
    def resource_type(self) -> str:
        """The type that must declare that this can be done."""
        return self.grant.entitlement.resource.id.resource_type

    def call(self, connector: Connector, session: Any, dry_run: bool) -> Change:
        """Call the hook."""
        return connector.revoke(session, self.grant, dry_run)

    def record(self) -> dict[str, Any]:
        """Return its fields for the audit record."""
        return {
            "principal": str(self.grant.principal_id),
            "entitlement": self.grant.entitlement.id,
            "grant": self.grant.id,
            **_decided(self.decision),
        }

    def title(self) -> str:
        """Describe it for people."""
        principal = self.grant.principal
        holder = named(principal) if isinstance(principal, Resource) else str(principal)
        return f"revoke {named_entitlement(self.grant.entitlement)} from {holder}"


class Create(Struct, frozen=True):
    """Create an account."""

    request: AccountRequest

    hook = "create_account"

    @property
    def subject(self) -> str:
        """The subject, for messages."""
        return self.request.login or self.request.email

    @property
    def resource_type(self) -> str:
        """The type that must declare that accounts can be created; empty: any type may."""
        return self.request.resource_type

    def call(self, connector: Connector, session: Any, dry_run: bool) -> Change:
        """Call the hook."""
        return connector.create_account(session, self.request, dry_run)

    def record(self) -> dict[str, Any]:
        """Return its fields for the audit record. The profile is left out: it may hold anything."""
        chosen = {"resource_type": self.request.resource_type} if self.request.resource_type else {}
        return {
            "login": self.request.login,
            "email": self.request.email,
            "display_name": self.request.display_name,
            **chosen,
        }

    def title(self) -> str:
        """Describe it for people."""
        names = (self.request.display_name, self.request.login, self.request.email)
        return f"create the account {', '.join(dict.fromkeys(name for name in names if name))}".rstrip()


class AskAccount(Struct, frozen=True):
    """Ask for the state of an account creation in progress."""

    creation_id: str

    hook = "get_account_creation"
    resource_type = ""

    @property
    def subject(self) -> str:
        """The subject, for messages."""
        return self.creation_id

    def call(self, connector: Connector, session: Any, dry_run: bool) -> Change:  # noqa: ARG002 - nothing changes
        """Call the hook."""
        return connector.get_account_creation(session, self.creation_id)

    def record(self) -> dict[str, Any]:
        """Return its fields for the audit record."""
        return {"creation_id": self.creation_id}

    def title(self) -> str:
        """Describe it for people."""
        return f"the account creation {self.creation_id}"


class ResourceStep(Struct, frozen=True):
    """Step about one resource, whose type must declare that it can be done."""

    resource: Resource

    @property
    def subject(self) -> str:
        """The subject, for messages."""
        return str(self.resource.id)

    @property
    def resource_type(self) -> str:
        """The type that must declare that this can be done."""
        return self.resource.id.resource_type

    def record(self) -> dict[str, Any]:
        """Return its fields for the audit record."""
        return {"resource": str(self.resource.id)}


class CreateResource(ResourceStep, frozen=True):
    """Create a resource that is not an account."""

    hook = "create_resource"

    @property
    def subject(self) -> str:
        """The subject, for messages."""
        return self.resource.display_name or str(self.resource.id)

    def call(self, connector: Connector, session: Any, dry_run: bool) -> Change:
        """Call the hook."""
        return connector.create_resource(session, self.resource, dry_run)

    def record(self) -> dict[str, Any]:
        """Return its fields for the audit record. The profile is left out: it may hold anything."""
        parent = {"parent": str(self.resource.parent)} if self.resource.parent else {}
        return {"resource_type": self.resource_type, "display_name": self.resource.display_name, **parent}

    def title(self) -> str:
        """Describe it for people."""
        parent = f" under {self.resource.parent}" if self.resource.parent else ""
        return f"create the {self.resource_type} {self.subject}{parent}"


class Delete(ResourceStep, frozen=True):
    """Delete a resource permanently."""

    hook = "delete_resource"

    def call(self, connector: Connector, session: Any, dry_run: bool) -> Change:
        """Call the hook."""
        return connector.delete_resource(session, self.resource, dry_run)

    def title(self) -> str:
        """Describe it for people."""
        return f"delete {named(self.resource)}"


class Rotate(ResourceStep, frozen=True):
    """Replace the credentials of a resource."""

    credentials: CredentialRequest = CredentialRequest()

    hook = "rotate_credentials"

    def call(self, connector: Connector, session: Any, dry_run: bool) -> Change:
        """Call the hook."""
        return connector.rotate_credentials(session, self.resource, self.credentials, dry_run)

    def title(self) -> str:
        """Describe it for people."""
        return f"rotate the credentials of {named(self.resource)}"


class Issue(ResourceStep, frozen=True):
    """Issue a new credential for a resource."""

    request: IssueRequest

    hook = "issue_credential"

    def call(self, connector: Connector, session: Any, dry_run: bool) -> Change:
        """Call the hook."""
        return connector.issue_credential(session, self.resource, self.request, dry_run)

    def record(self) -> dict[str, Any]:
        """Return its fields for the audit record."""
        end = {"expires_at": self.request.expires_at.isoformat()} if self.request.expires_at else {}
        return {**super().record(), "credential": self.request.option.name.lower(), **end}

    def title(self) -> str:
        """Describe it for people."""
        return f"issue a new {credential_words(self.request.option)} for {named(self.resource)}"


class SetStatus(ResourceStep, frozen=True):
    """Enable or disable an account."""

    status: ResourceStatus

    hook = "set_status"

    def call(self, connector: Connector, session: Any, dry_run: bool) -> Change:
        """Call the hook."""
        return connector.set_status(session, self.resource, self.status, dry_run)

    def record(self) -> dict[str, Any]:
        """Return its fields for the audit record."""
        return {**super().record(), "status": self.status.name.lower()}

    def title(self) -> str:
        """Describe it for people."""
        return f"set {named(self.resource)} {self.status.name.lower()}"


Step = Give | Take | Create | AskAccount | CreateResource | Delete | Rotate | Issue | SetStatus


def credential_words(option: CredentialOption) -> str:
    """Return the name of a credential option for people."""
    special = {CredentialOption.API_KEY: "API key", CredentialOption.KEYPAIR: "key pair"}
    return special.get(option, option.name.lower().replace("_", " "))


def named(resource: Resource) -> str:
    """Return the name of a resource with its id."""
    return f"{resource.display_name} ({resource.id})" if resource.display_name else str(resource.id)


def named_entitlement(entitlement: Entitlement | EntitlementRef) -> str:
    """Return the name of an entitlement with its id."""
    name = entitlement.display_name if isinstance(entitlement, Entitlement) else ""
    return f"{name} ({entitlement.id})" if name else entitlement.id


def _decided(decision: tuple[tuple[str, str], ...]) -> dict[str, Any]:
    return {"decision": dict(decision)} if decision else {}
