"""Service mode as a whole: one connector, the tasks of one client id, until the run is stopped."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

from grpclib.exceptions import GRPCError
from msgspec import Struct

from ...errors import Stopped
from ...options import Options
from ...plugins.facade import Connector
from ...run import Run
from ...sync.outcome.run_summary import SyncSettings
from ...wire.pb.c1.connector.v2 import listing_services_pb2
from ...wire.pb.c1.connectorapi.baton.v1 import baton_pb2 as pb
from .access_token import TokenSource
from .api_calls import ApiCalls
from .api_channel import find_proxy, introduce_client, tls_context
from .client_credentials import ApiEndpoint, ClientCredentials
from .connector_calls import ConnectorCalls, Functions, connector_error
from .debug_log import DebugLogs
from .health_server import HealthAddress, HealthChecks, serving_health
from .host_description import hello_request, host_id
from .sync_files import SyncFiles
from .sync_tasks import SyncTasks
from .task_loop import LoopSettings, TaskLoop
from .task_performer import TaskPerformer

__all__ = ["ServiceConnector", "ServiceSettings", "run_service"]

STOPPING = "the connector is stopping"
RESUMES = "What was synced is kept: the next task of the same scope on this host resumes it."

log = logging.getLogger(__name__)


class ServiceSettings(Struct, frozen=True, kw_only=True):
    """The settings of a service. `sync` are those of its syncs, of which `file` is not used."""

    credentials: ClientCredentials
    endpoint: ApiEndpoint
    sync: SyncSettings
    concurrency: int = 3
    get_tasks: bool = False
    skip_full_sync: bool = False
    keep_previous: bool = False
    temp_dir: Path | None = None
    health: HealthAddress | None = None


class ServiceConnector(Struct, frozen=True, kw_only=True):
    """The connector as a service sees it: for its syncs the hooks with their options, for calls the functions.

    `learn` masks a secret from then on, `mask` masks those that are known.
    """

    connector: Connector
    options: Options
    functions: Functions
    new_run: Callable[[], Run]
    learn: Callable[[str], None]
    mask: Callable[[str], str]
    observers: Sequence[object] = ()
    debug_formatter: logging.Formatter | None = None
    """Formatter of the debug logs that tasks ask for; None: none is written."""


def run_service(served: ServiceConnector, settings: ServiceSettings, run: Run) -> None:
    """Perform tasks until `run` is stopped. Raises AuthError, ConfigError or PreconditionError if it cannot begin."""
    files = SyncFiles(settings.credentials.client_id, settings.temp_dir)
    proxy = find_proxy(settings.endpoint.host)
    if proxy is not None and proxy.password:
        served.learn(proxy.password)
    tokens = TokenSource(settings.credentials, settings.endpoint, tls_context(), served.learn)
    with ThreadPoolExecutor(settings.concurrency, thread_name_prefix="task") as executor:
        asyncio.run(_serve(served, settings, run, files, tokens, executor))


async def _serve(
    served: ServiceConnector,
    settings: ServiceSettings,
    run: Run,
    files: SyncFiles,
    tokens: TokenSource,
    executor: ThreadPoolExecutor,
) -> None:
    introduce_client(settings.credentials.name)
    calls = ApiCalls(settings.endpoint, tokens, host_id(), tls_context)
    syncs = SyncTasks(
        served.connector,
        served.options,
        settings.sync,
        files,
        calls,
        executor,
        new_run=served.new_run,
        observers=served.observers,
        skip=settings.skip_full_sync,
        keep_previous=settings.keep_previous,
        debug_logs=DebugLogs(served.debug_formatter) if served.debug_formatter else None,
    )

    connector_calls = ConnectorCalls(served.functions)
    performer = TaskPerformer(calls, syncs, connector_calls.answer, executor, partial(_hello, served), served.mask)
    tasks = TaskLoop(
        calls, performer.perform, LoopSettings(concurrency=settings.concurrency, get_tasks=settings.get_tasks)
    )
    loop = asyncio.get_running_loop()

    def stop() -> None:
        tasks.stop()
        syncs.stop(Stopped(STOPPING, hint=RESUMES))

    run.on_stop(lambda: _call_in(loop, stop))
    checks = HealthChecks(lambda: _problem(served), lambda: tasks.is_ready)
    try:
        with serving_health(settings.health, checks):
            await tasks.run(performer.say_hello)
    finally:
        calls.close()
    log.info("Tasks performed: %s", f"{tasks.ended:,}")


def _call_in(loop: asyncio.AbstractEventLoop, function: Callable[[], None]) -> None:
    """Call a function in the thread of a loop that may have ended."""
    try:
        loop.call_soon_threadsafe(function)
    except RuntimeError:
        log.debug("the service has ended already")


def _hello(served: ServiceConnector, task_id: str) -> pb.BatonServiceHelloRequest:
    """Return the first call, with what the connector says of itself."""
    request = listing_services_pb2.ConnectorServiceGetMetadataRequest()
    try:
        described: Any = ConnectorCalls(served.functions).answer("ConnectorService/GetMetadata", request)
    except GRPCError as error:
        raise connector_error(error) from error
    connector = served.connector
    return hello_request(task_id, connector.distribution or connector.name, connector.version, described.metadata)


def _problem(served: ServiceConnector) -> str:
    """Return why the connector does not work at the moment, or ''."""
    try:
        request = listing_services_pb2.ConnectorServiceValidateRequest()
        ConnectorCalls(served.functions).answer("ConnectorService/Validate", request)
    except GRPCError as error:
        return served.mask(error.message or error.status.name)
    return ""
