"""The session of a run with a connector process: its calls, the process behind them, and its replacement when it fails.

Calls are made one at a time on each connection. When a page says that there is another one, its request is sent at
once: the process reads it from the application while the host stores the page before. So the process still gets one
request at a time from each worker, in the order of the listing.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable

from ..errors import AuthError, BadResponse, ConnectorHostError, Refused, Stopped, Unavailable
from ..rpc.rpc_errors import ConnectionLost, RpcError
from ..rpc.unary_client import UnaryConnection
from ..run import Run
from ..wire.services.remote_requests import cleanup_request
from .connector_process import ConnectorProcess
from .process_errors import connector_error, is_disabled
from .process_settings import ProcessSettings
from .session_service import SessionStoreServer

__all__ = ["ProcessSession"]

SERVICES = "/c1.connector.v2."
PROVISIONING, TICKETING = "BATON_PROVISIONING", "BATON_TICKETING"
MOST_ENDINGS = 5
"""Processes that may end in a row without having answered anything."""
UNCLEAR_ATTEMPTS = 3
"""Attempts of a call that fails without saying why."""
MOST_BEGUN = 64


class ProcessSession:
    """A session that hooks use from several threads."""

    def __init__(self, settings: ProcessSettings, run: Run, process: ConnectorProcess | None = None) -> None:
        """Start the process, or take over one that was started. ConfigError if it is no connector or does not start."""
        self._settings, self._run = settings, run
        self._lock = threading.RLock()
        self._process: ConnectorProcess | None = None
        self._free: list[UnaryConnection] = []
        self._begun: dict[tuple[str, bytes], tuple[UnaryConnection, int]] = {}
        self._endings = 0
        self._unclear: dict[tuple[str, bytes], int] = {}
        self._closed = self._listed = False
        self._extra: dict[str, str] = {}
        self._store = SessionStoreServer(run)
        self.sends_sync_id = False
        self._start(process, starts_run=True)
        run.on_stop(self._abort)

    @property
    def is_syncing(self) -> bool:
        """Return True in the run of a sync."""
        return bool(self._run.sync_id)

    @property
    def sync_id(self) -> str:
        """Return the id of the running sync, if the process wants it."""
        return self._run.sync_id if self.sends_sync_id else ""

    # ----------------------------------------------------------------------------------------------- calls

    def call(self, method: str, request: bytes, *, reads: bool = True) -> bytes:
        """Return the answer of a call. Raises an error of the contract; for `reads` a failure may pass.

        A method that the process was started without (provisioning, tickets) makes it start again with it.
        """
        try:
            return self._answer(method, request, reads=reads)
        except RpcError as error:
            if is_disabled(error) and self._enable(error):
                return self.call(method, request, reads=reads)
            raise self._contract_error(error, method, request, reads=reads) from error

    def page(self, method: str, make_request: Callable[[str | None], bytes], page_token: str | None) -> bytes:
        """Return the answer of a listing; `expect` is for its next page."""
        self._listed = True
        return self.call(method, make_request(page_token))

    def expect(self, method: str, request: bytes) -> None:
        """Send the request of the next page now; its answer is read when `call` asks for it."""
        with self._lock:
            key = method, request
            if self._closed or not self._free or key in self._begun or len(self._begun) >= MOST_BEGUN:
                return
            connection = self._free.pop()
        try:
            stream = connection.begin(SERVICES + method, request)
        except ConnectionLost:
            return  # the call itself says so
        with self._lock:
            self._begun[key] = connection, stream

    def collect(self, method: str, request: bytes) -> list[bytes]:
        """Return the messages of a call that answers with a stream."""
        connection = self._connection()
        try:
            messages = connection.collect(SERVICES + method, request, self._settings.call_timeout)
        except ConnectionLost as error:
            raise self._lost(connection, error) from error
        except RpcError as error:
            self._give_back(connection)
            raise connector_error(error, method, retries=True) from error
        self._give_back(connection)
        return messages

    def _answer(self, method: str, request: bytes, *, reads: bool) -> bytes:
        with self._lock:
            begun = self._begun.pop((method, request), None)
        connection, stream = begun or (self._connection(), 0)
        try:
            if begun is None:
                stream = connection.begin(SERVICES + method, request)
            answer = connection.end(stream, self._settings.call_timeout)
        except ConnectionLost as error:
            raise self._lost(connection, error, reads=reads) from error
        except RpcError:
            self._give_back(connection)
            raise
        self._endings = 0
        self._give_back(connection)
        return answer

    def _contract_error(self, error: RpcError, method: str, request: bytes, *, reads: bool) -> ConnectorHostError:
        """Return the error of a failed call; one without a known meaning is tried again a few times, if it reads."""
        result = connector_error(error, method, retries=reads)
        if isinstance(result, BadResponse):
            key = method, request
            with self._lock:
                if len(self._unclear) > MOST_BEGUN:
                    self._unclear.clear()
                self._unclear[key] = self._unclear.get(key, 0) + 1
                if self._unclear[key] >= UNCLEAR_ATTEMPTS:
                    del self._unclear[key]
                    return Refused(f"{result.message} (after {UNCLEAR_ATTEMPTS} attempts)")
        if isinstance(result, AuthError):
            result.hint = result.hint or "Check the credentials of the connector: its messages are above."
        return result

    # ----------------------------------------------------------------------------------------------- connections

    def _connection(self) -> UnaryConnection:
        """Return a connection that nobody uses, a new one if there is none."""
        with self._lock:
            if self._closed or self._run.stopping.is_set():
                raise Stopped("the run was stopped")
            while self._free:
                connection = self._free.pop()
                if not connection.broken:
                    return connection
            process = self._running()
        return process.connect(self._settings.start_timeout)

    def _give_back(self, connection: UnaryConnection) -> None:
        with self._lock:
            if connection.broken or self._closed:
                connection.close()
            else:
                self._free.append(connection)

    def _lost(self, connection: UnaryConnection, error: ConnectionLost, *, reads: bool = True) -> ConnectorHostError:
        """Return the error of a call whose connection broke, after ending a process that no longer answers."""
        connection.close()
        if self._run.stopping.is_set():
            return Stopped("the run was stopped")
        with self._lock:
            process = self._process
            if process is None:
                reason = str(error)
            else:
                process.wait(1.0)
                silent = not process.ended()
                reason = f"the connector process {process.ending()}"
                if silent:
                    reason = f"the connector process failed: {error}"
                    process.kill()
            self._drop_connections()
            self._endings += 1
            if self._endings > MOST_ENDINGS:
                return Refused(
                    f"{reason}; it was started {MOST_ENDINGS} times in a row and answered nothing",
                    hint="The checkpoint is kept. Report this to the author of the connector.",
                )
        if not reads:
            return Refused(
                f"{reason} during a change", hint="The change may have been made: check the application, or sync again."
            )
        return Unavailable(f"{reason}; it is started again")

    def _drop_connections(self) -> None:
        for connection in [*self._free, *(connection for connection, _ in self._begun.values())]:
            connection.close()
        self._free.clear()
        self._begun.clear()

    # ----------------------------------------------------------------------------------------------- the process

    def _running(self) -> ConnectorProcess:
        """Return the process, started again if it has ended."""
        if self._process is None or self._process.ended():
            self._start()
        assert self._process is not None
        return self._process

    def _start(self, process: ConnectorProcess | None = None, *, starts_run: bool = False) -> None:
        settings = self._settings
        if self._process is not None:
            self._process.kill()
        self._process = process or settings.start(self._run, self._extra)
        try:
            from ..rpc.tls_material import make_material  # noqa: PLC0415 - takes time, while the process starts

            material = make_material()
            self._process.configure(material, self._store.listen(material))
            self._free.append(self._process.connect(settings.start_timeout))
        except BaseException as error:
            self._process.stop(grace=1.0)
            self._store.close()
            if isinstance(error, ConnectorHostError) and not starts_run:
                raise Unavailable(error.message, hint=error.hint) from error
            raise

    def _enable(self, error: RpcError) -> bool:
        """Start the process again with what a call needs; False if it has that already."""
        variable = TICKETING if "ticketing" in error.message else PROVISIONING
        with self._lock:
            if variable in self._extra or self._closed:
                return False
            self._extra[variable] = "true"
            self._drop_connections()
            if self._process is not None:
                self._process.stop()
            self._start()
        return True

    def _abort(self) -> None:
        """End the process because the run stops: calls under way fail at once."""
        process = self._process
        if process is not None:
            process.kill()

    def finish_reading(self) -> None:
        """Ask the process to clean up after a sync and to end; it does so while the host makes the file."""
        with self._lock:
            if self._closed or self._process is None:
                return
            if self._listed and not self._run.stopping.is_set():
                with contextlib.suppress(RpcError, ConnectorHostError):
                    self._answer("ConnectorService/Cleanup", cleanup_request(self.sync_id), reads=True)
                self._listed = False
            self._drop_connections()
            self._process.ask_to_end()

    def close(self) -> None:
        """End the process; after a sync it is asked to clean up. Safe to call again."""
        self.finish_reading()
        with self._lock:
            self._closed = True
            if self._process is not None:
                self._process.stop()
            self._store.close()
