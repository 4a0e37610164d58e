"""The session of a run with a connector process, with what the process says of itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from ..errors import Refused
from ..model import Identity, Resource
from ..rpc.rpc_errors import RpcError
from ..run import Run
from ..wire.services import remote_pages as _pages  # noqa: F401 - imported while the process starts, used soon after
from ..wire.services.remote_metadata import ProcessDescription, read_metadata, sends_sync_id, validated
from ..wire.services.remote_requests import list_of_resource
from .process_errors import is_missing
from .process_session import ProcessSession

if TYPE_CHECKING:
    from ..rpc.age_secrets import SecretKey
    from .connector_process import ConnectorProcess
    from .process_settings import ProcessSettings

__all__ = ["RemoteSession"]

LISTING_METHODS = {
    "list_entitlements": "EntitlementsService/ListEntitlements",
    "list_grants": "GrantsService/ListGrants",
}


class RemoteSession(ProcessSession):
    """The session of a run, with what is known about the process."""

    def __init__(
        self, settings: ProcessSettings, run: Run, source: str, process: ConnectorProcess | None = None
    ) -> None:
        super().__init__(settings, run, process)
        self.source = source
        self._description: ProcessDescription | None = None
        self.sdk_version = ""
        self._is_validated = False
        self.is_served_by_host = False  # by `connector-host serve`, which takes more than other processes
        self._missing: set[str] = set()

    def description(self) -> ProcessDescription:
        """Return what the process says of itself."""
        if self._description is None:
            self._description = read_metadata(self.call("ConnectorService/GetMetadata", b""))
        return self._description

    def capabilities(self) -> Mapping[str, Any]:
        """Return the capabilities that the process names, as JSON values."""
        return self.description().capabilities

    def new_key(self) -> SecretKey:
        """Return a new key for the secrets of one answer."""
        from ..rpc.age_secrets import SecretKey  # noqa: PLC0415 - used for changes only

        return SecretKey()

    @property
    def sync_id(self) -> str:
        """Return the id of the running sync, if the process wants it; a session that was opened again asks it first."""
        if self._run.sync_id and not self._is_validated:
            self.validate()
        return super().sync_id

    def validate(self) -> Identity:
        """Make the process test its sign-in; return what it says about it."""
        self.sdk_version, identity = validated(self.call("ConnectorService/Validate", b""))
        self.sends_sync_id = sends_sync_id(self.sdk_version)
        self.is_served_by_host, self._is_validated = identity is not None, True
        if identity is not None:
            return replace(identity, source=f"{self.source} {identity.source}".rstrip())
        name = self.description().display_name
        sdk = f"SDK {self.sdk_version}" if self.sdk_version else "an SDK before 0.4.3"
        return Identity(mode=f"{name}, {sdk}" if name else sdk, source=self.source)

    def foresee(self, hook: str, resource: Resource, page_size: int | None) -> None:
        """Send the request of the first page of the listing that is called next."""
        if self._is_validated:
            self.expect(LISTING_METHODS[hook], list_of_resource(resource, None, page_size, self.sync_id))

    def optional(self, method: str, make_request: Any, page_token: str | None) -> bytes:
        """Return the answer of a listing that old processes do not have; an empty one if this is one of them."""
        if method in self._missing:
            return b""
        try:
            return self.page(method, make_request, page_token)
        except Refused as error:
            if isinstance(error.__cause__, RpcError) and is_missing(error.__cause__) and not page_token:
                self._missing.add(method)
                return b""
            raise
