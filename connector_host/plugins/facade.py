"""The typed facade over one loaded connector: the only way the host calls hooks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ..credentials import AccountSchema, CredentialDetails, CredentialRequest, IssueRequest
from ..errors import ConnectorHostError, PluginError
from ..model import (
    AccountRequest,
    Can,
    Change,
    Entitlement,
    Grant,
    Identity,
    Page,
    Resource,
    ResourceId,
    ResourceStatus,
    ResourceType,
    Trait,
)
from ..options import Options
from ..run import Run
from . import credential_checks, result_checks
from .application_hooks import ApplicationHooks
from .failure_location import describe_failure

__all__ = ["HOOK_CAN", "Connector", "capabilities", "declares", "every_type"]

HOOK_CAN = {
    "grant": Can.GRANT,
    "revoke": Can.GRANT,
    "create_account": Can.CREATE_ACCOUNT,
    "get_account_creation": Can.CREATE_ACCOUNT,
    "delete_resource": Can.DELETE,
    "set_status": Can.SET_STATUS,
    "create_resource": Can.CREATE,
    "rotate_credentials": Can.ROTATE_CREDENTIALS,
    "issue_credential": Can.ISSUE_CREDENTIAL,
}
"""The capability that a resource type must declare for a hook to be called for it."""
MOST_TYPE_PAGES = 1000


def capabilities(connector: Connector, types: Iterable[ResourceType]) -> Mapping[str, frozenset[Can]]:
    """Return the capabilities of each type by its id: those that the type declares and the connector has hooks for.

    A type that declares nothing (`can` is None) gets those that make sense for it and that there are hooks for.
    """
    possible = {can for hook, can in HOOK_CAN.items() if hook in connector.hooks}
    return {
        resource_type.id: frozenset(
            can for can in possible if _is_sensible(resource_type, can) and declares(resource_type, can) is not False
        )
        for resource_type in types
    }


def declares(resource_type: ResourceType, can: Can) -> bool | None:
    """Return True or False as a type declares a capability; None if it declares nothing at all."""
    declared: object = resource_type.can
    if declared is None:
        return None
    if not isinstance(declared, (frozenset, set, list, tuple)):
        type_name = type(declared).__name__
        raise PluginError(f"the resource type {resource_type.id!r}: can is a {type_name}, not a frozenset of Can")
    return can in declared


def _is_sensible(resource_type: ResourceType, can: Can) -> bool:
    """Return True if a type that declares nothing can have a capability: grants need entitlements, accounts users."""
    if resource_type.can is not None:
        return True
    if can is Can.GRANT:
        return not (resource_type.skip_entitlements_and_grants or resource_type.skip_entitlements)
    if can in (Can.ROTATE_CREDENTIALS, Can.ISSUE_CREDENTIAL):
        return not {Trait.USER, Trait.SECRET}.isdisjoint(resource_type.traits)
    return can in (Can.DELETE, Can.CREATE) or Trait.USER in resource_type.traits


def every_type(read_page: Callable[[str | None], Page[ResourceType]]) -> list[ResourceType]:
    """Return the resource types of all pages; `read_page` reads one. Raises PluginError if the pages do not end."""
    types: list[ResourceType] = []
    token: str | None = None
    for _ in range(MOST_TYPE_PAGES):
        page = read_page(token)
        types += page.items
        token = page.next_token
        if not token:
            return types
    raise PluginError(f"list_resource_types has more than {MOST_TYPE_PAGES} pages")


class Connector(ApplicationHooks):
    """One loaded connector: a method for each hook. Return values are checked as far as the page; errors pass through.

    A list hook that is not implemented lists nothing; a provisioning hook that is not implemented is a ConfigError.
    Items of pages are not checked here. `manager` holds this connector; observers may be registered beside it.
    """

    # --- describe

    def account_schema(self, session: Any) -> AccountSchema | None:
        """Return the fields of a new account; None for a connector without the hook: any profile is passed on."""
        if "account_schema" not in self.hooks:
            return None
        schema = self._hook.account_schema(session=session)
        if schema is None and self.is_remote:  # a process may have no schema
            return None
        return credential_checks.checked_account_schema(schema, self._where("account_schema"))

    def credential_details(self, session: Any) -> CredentialDetails:
        """Return the credentials that accounts can get; none are named by a connector without the hook."""
        if "credential_details" not in self.hooks:
            return CredentialDetails()
        return credential_checks.checked_credential_details(
            self._hook.credential_details(session=session), self._where("credential_details")
        )

    # --- connect

    def open_session(self, options: Options, run: Run) -> Any:
        """Open and return a session; None for a connector without the hook. An unexpected error is a PluginError."""
        try:
            return self._hook.open_session(options=options, run=run)
        except ConnectorHostError:
            raise
        except BaseException as error:  # no call of the engine's stands around this hook to name it
            raise PluginError(
                f"{self._where('open_session')} failed: {describe_failure(error)}",
                hint="This is a defect of the connector; --debug shows the traceback.",
            ) from error

    def check_session(self, session: Any) -> Identity:
        """Return the identity of the session; an empty Identity for a connector without the hook."""
        if "check_session" not in self.hooks:
            return Identity()
        return result_checks.checked_identity(self._hook.check_session(session=session), self._where("check_session"))

    # --- sync

    def list_resource_types(self, session: Any, page_token: str | None) -> Page[ResourceType]:
        """Return one page of the resource types."""
        page = self._hook.list_resource_types(session=session, page_token=page_token)
        return result_checks.checked_page(page, self._where("list_resource_types"))

    def list_resources(
        self,
        session: Any,
        resource_type: ResourceType,
        parent: Resource | None,
        page_token: str | None,
        page_size: int | None,
    ) -> Page[Resource]:
        """Return one page of the resources of a type, under `parent` if there is one."""
        return self._page(
            "list_resources",
            session=session,
            resource_type=resource_type,
            parent=parent,
            page_token=page_token,
            page_size=page_size,
        )

    def get_resource(self, session: Any, resource_id: ResourceId, parent: ResourceId | None) -> Resource | None:
        """Return one resource by its id, or None."""
        resource = self._hook.get_resource(session=session, resource_id=resource_id, parent=parent)
        if resource is not None and not isinstance(resource, Resource):
            raise PluginError(f"{self._where('get_resource')} returned a {type(resource).__name__}, not a Resource")
        return resource

    def list_entitlements(
        self, session: Any, resource: Resource, page_token: str | None, page_size: int | None
    ) -> Page[Entitlement]:
        """Return one page of the entitlements on a resource."""
        return self._page(
            "list_entitlements", session=session, resource=resource, page_token=page_token, page_size=page_size
        )

    def list_static_entitlements(
        self, session: Any, resource_type: ResourceType, page_token: str | None, page_size: int | None
    ) -> Page[Entitlement]:
        """Return one page of the entitlements that every resource of a type has."""
        return self._page(
            "list_static_entitlements",
            session=session,
            resource_type=resource_type,
            page_token=page_token,
            page_size=page_size,
        )

    def list_grants(
        self,
        session: Any,
        resource: Resource,
        page_token: str | None,
        page_size: int | None,
        etag: str | None = None,
    ) -> Page[Grant]:
        """Return one page of the grants on a resource. Only with an `etag` it may be unchanged."""
        return self._page(
            "list_grants", session=session, resource=resource, page_token=page_token, page_size=page_size, etag=etag
        )

    def list_type_entitlements(
        self, session: Any, resource_type: ResourceType, page_token: str | None, page_size: int | None
    ) -> Page[Entitlement]:
        """Return one page of the entitlements of all resources of a type."""
        return self._page(
            "list_type_entitlements",
            session=session,
            resource_type=resource_type,
            page_token=page_token,
            page_size=page_size,
        )

    def list_type_grants(
        self, session: Any, resource_type: ResourceType, page_token: str | None, page_size: int | None
    ) -> Page[Grant]:
        """Return one page of the grants on all resources of a type."""
        return self._page(
            "list_type_grants",
            session=session,
            resource_type=resource_type,
            page_token=page_token,
            page_size=page_size,
        )

    # --- provision

    def grant(self, session: Any, principal: Resource, entitlement: Entitlement, dry_run: bool) -> Change:
        """Grant an entitlement to a principal."""
        return self._change("grant", dry_run, session=session, principal=principal, entitlement=entitlement)

    def revoke(self, session: Any, grant: Grant, dry_run: bool) -> Change:
        """Revoke a grant."""
        return self._change("revoke", dry_run, session=session, grant=grant)

    def create_account(self, session: Any, request: AccountRequest, dry_run: bool) -> Change:
        """Create an account."""
        return self._change("create_account", dry_run, session=session, request=request)

    def get_account_creation(self, session: Any, creation_id: str) -> Change:
        """Return the state of an account creation in progress."""
        self._require("get_account_creation", dry_run=False)
        change = self._hook.get_account_creation(session=session, creation_id=creation_id)
        return result_checks.checked_change(change, self._where("get_account_creation"))

    def create_resource(self, session: Any, resource: Resource, dry_run: bool) -> Change:
        """Create a resource."""
        return self._change("create_resource", dry_run, session=session, resource=resource)

    def delete_resource(self, session: Any, resource: Resource, dry_run: bool) -> Change:
        """Delete a resource."""
        return self._change("delete_resource", dry_run, session=session, resource=resource)

    def rotate_credentials(
        self, session: Any, resource: Resource, credentials: CredentialRequest, dry_run: bool
    ) -> Change:
        """Replace the credentials of a resource."""
        return self._change("rotate_credentials", dry_run, session=session, resource=resource, credentials=credentials)

    def issue_credential(self, session: Any, resource: Resource, request: IssueRequest, dry_run: bool) -> Change:
        """Issue a new credential for a resource."""
        return self._change("issue_credential", dry_run, session=session, resource=resource, request=request)

    def set_status(self, session: Any, resource: Resource, status: ResourceStatus, dry_run: bool) -> Change:
        """Enable or disable an account."""
        return self._change("set_status", dry_run, session=session, resource=resource, status=status)
