"""`connector-host service NAME`: perform the tasks that ConductorOne has for a connector, until it is stopped."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

import click

from ....errors import ConfigError
from ....options import Option, Options, OptionType, resolve
from ....plugins import loading
from ....plugins.facade import Connector
from ....run import Run
from ...app import App, current_app
from ...host_options import SYNC_OPTIONS, click_option
from ...missing_extra import GRPC_PACKAGES, needs_extra
from ...option_values import connector_options, host_options
from ...terminal.log_setup import JsonFormatter
from ...terminal.masked_streams import masked
from .capabilities import described
from .config import option_field
from .connector_group import ConnectorCommand, ConnectorGroup, flags_of
from .connector_run import new_run, running
from .sync import sync_settings

if TYPE_CHECKING:
    from ....service.conductorone.service_host import ServiceConnector, ServiceSettings

__all__ = ["HEALTH_OPTIONS", "OPTIONS", "command"]

API_HOST = "BATON_C1_API_HOST"
"""The host, or host and port, that `service` calls instead of the one in the client id."""
STOP_GRACE = 25.0
"""Seconds that calls in flight and their results have after the service was stopped."""
OF_SYNC = (
    *("page-size", "workers", "allow-partial", "skip-grant-expansion", "skip-entitlements-and-grants", "strict"),
    *("sync-resource-types", "max-attempts", "rate-limit", "storage-engine"),
)


def _is_port(value: int) -> str | None:
    return None if 0 < value < 65536 else f"{value} is not a port from 1 to 65535"


def _is_slots(value: int) -> str | None:
    return None if 1 <= value <= 50 else f"{value} is not a number from 1 to 50"


HEALTH_OPTIONS = (
    Option(
        name="health-check-port",
        type=OptionType.INT,
        default=8081,
        check=_is_port,
        help="The port of the health endpoint.",
    ),
    Option(
        name="health-check-bind-address",
        default="127.0.0.1",
        help="The address of the health endpoint.",
    ),
)
"""The address of the health endpoint, also for `health-check`, which asks it."""
OPTIONS = (
    Option(name="client-id", required=True, help="The client id of this connector in ConductorOne."),
    Option(name="client-secret", required=True, secret=True, help="The client secret of this connector."),
    Option(
        name="task-concurrency",
        type=OptionType.INT,
        default=3,
        check=_is_slots,
        help="Perform this many tasks at a time.",
    ),
    Option(
        name="provisioning",
        type=OptionType.BOOL,
        default=False,
        help="Let ConductorOne change access: grant, revoke, create, delete, rotate.",
    ),
    Option(name="ticketing", type=OptionType.BOOL, default=False, help="Let ConductorOne create and read tickets."),
    Option(
        name="skip-full-sync",
        type=OptionType.BOOL,
        default=False,
        help="Upload an empty sync for each sync that ConductorOne asks for.",
    ),
    Option(
        name="keep-previous-sync-c1z",
        type=OptionType.BOOL,
        default=False,
        help="Keep the last file, and take grants from it that the application says are unchanged.",
    ),
    Option(
        name="c1z-temp-dir",
        type=OptionType.PATH,
        env=("BATON_TMPDIR",),
        help="Keep unfinished syncs, and files before their upload, in this folder. By default the system's folder of"
        " temporary files.",
    ),
    Option(
        name="get-tasks",
        type=OptionType.BOOL,
        default=False,
        help="Fetch several tasks in one call.",
    ),
    Option(
        name="health-check",
        type=OptionType.BOOL,
        default=False,
        help="Serve /health, /ready and /live over HTTP.",
    ),
    *HEALTH_OPTIONS,
    Option(
        name="audit",
        type=OptionType.PATH,
        help="Record every change in this file, before it is made and after. By default none is recorded here.",
    ),
    *(option for option in SYNC_OPTIONS if option.name in OF_SYNC),
)
SHORT = {"provisioning": "-p"}


def _command(connector: Connector) -> ConnectorCommand:
    """Build `service NAME` of one connector."""

    def run(**arguments: Any) -> None:
        """Resolve the options, and serve."""
        app = current_app()
        host = host_options(app, OPTIONS, flags_of(OPTIONS, arguments))
        options = connector_options(app, connector.name, connector.options, flags_of(connector.options, arguments))
        _serve(app, connector, options, host)

    _refuse_shared_names(connector, OPTIONS)
    declared = [click_option(option, short=SHORT.get(option.name, "")) for option in OPTIONS]
    text = f"Perform the tasks that ConductorOne has for {connector.info.display_name or connector.name}."
    return ConnectorCommand(connector, run, declared, text)


@click.group(name="service", cls=ConnectorGroup, make=_command)
def command() -> None:
    """Perform the tasks that ConductorOne has for a connector, until it is stopped.

    `connector-host service CONNECTOR --help` shows the options of a connector.
    """


def _refuse_shared_names(connector: Connector, declared: Sequence[Option]) -> None:
    own_names = {option.name for option in connector.options}
    if shared := sorted(own_names.intersection(option.name for option in declared)):
        raise ConfigError(
            f"the connector {connector.name} cannot run as a service: its option --{shared[0]} is one of service mode",
            hint="Its author must choose another name.",
        )


def _serve(app: App, connector: Connector, options: Options, host: Options) -> None:
    with needs_extra("service mode", "grpc", GRPC_PACKAGES):
        from ....service.conductorone.service_host import run_service  # noqa: PLC0415 - an extra
    settings = _settings(app, host)
    run = new_run(app, connector)
    with (
        masked(app.redactor),
        running(app, run, connector, signal_grace=STOP_GRACE),
        _served(app, connector, options, host, settings, run) as served,
    ):
        run_service(served, settings, run)


@contextmanager
def _served(
    app: App, connector: Connector, options: Options, host: Options, settings: ServiceSettings, run: Run
) -> Iterator[ServiceConnector]:
    """Return the connector as a service sees it; its session is closed at the end."""
    from ....provision.audit_record import Audit  # noqa: PLC0415 - not for --help
    from ....service.conductorone.service_host import ServiceConnector  # noqa: PLC0415
    from ....service.hook_functions.encrypted_secrets import decrypt_for_key  # noqa: PLC0415
    from ....service.hook_functions.function_table import connector_functions  # noqa: PLC0415
    from ....service.hook_functions.hook_source import Descriptions, HookSource  # noqa: PLC0415

    key = settings.credentials.key
    with ExitStack() as stack:
        audit = host["audit"]
        record = stack.enter_context(Audit(audit, app.redactor, connector=connector.name)) if audit else None
        source = HookSource(
            connector,
            options,
            run,
            Descriptions(described, option_field),
            max_attempts=host["max-attempts"],
            record=record,
            decrypt=lambda data: decrypt_for_key(key, data),
        )
        stack.callback(source.close)
        yield ServiceConnector(
            connector=connector,
            options=options,
            functions=connector_functions(source, provisioning=host["provisioning"], ticketing=host["ticketing"]),
            new_run=lambda: new_run(app, connector),
            learn=app.redactor.add,
            mask=app.redactor,
            observers=loading.load_observers(),
            debug_formatter=JsonFormatter(app.redactor, debug=True),
        )


def _settings(app: App, host: Options) -> ServiceSettings:
    from ....service.conductorone import client_credentials  # noqa: PLC0415 - gRPC, not for --help
    from ....service.conductorone.health_server import HealthAddress  # noqa: PLC0415
    from ....service.conductorone.service_host import ServiceSettings  # noqa: PLC0415

    credentials = client_credentials.parse_credentials(host["client-id"], host["client-secret"])
    app.redactor.add(host["client-secret"].reveal().rpartition(":")[2])
    override = os.environ.get(API_HOST, "").strip()
    return ServiceSettings(
        credentials=credentials,
        endpoint=client_credentials.parse_endpoint(override) if override else credentials.endpoint,
        sync=sync_settings(Options({**resolve(SYNC_OPTIONS, flags={}, environ={}), **host})),
        concurrency=host["task-concurrency"],
        get_tasks=host["get-tasks"],
        skip_full_sync=host["skip-full-sync"],
        keep_previous=host["keep-previous-sync-c1z"],
        temp_dir=host["c1z-temp-dir"],
        health=HealthAddress(host["health-check-bind-address"], host["health-check-port"])
        if host["health-check"]
        else None,
    )
