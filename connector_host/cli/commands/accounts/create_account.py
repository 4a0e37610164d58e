"""`connector-host create-account NAME`: create an account in the application."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click

from ....errors import ConfigError
from ....plugins.facade import Connector
from ....provision.change_requests import AskAccount, Create
from ....provision.changer import Changer, Result
from ..connectors.connector_group import ConnectorCommand, ConnectorGroup
from ..provisioning.change_command import Job, asking, begin, common_options, perform, spelled
from .account_arguments import account_options, account_request, fields_document
from .credential_arguments import credential_options
from .secret_options import secret_of, secret_options

__all__ = ["command"]

TEXT = """Create an account in the application.

An account that exists already counts as success. --fields lists the fields that the connector declares, and the
credentials that the account can get; at a terminal you are asked for required fields. The secrets that the application
returns are written to a file that only you can read, or with --show-secret to standard output.
"""


def _run(connector: Connector, arguments: Mapping[str, Any]) -> None:
    job = begin(connector, "create_account", arguments)
    if arguments["fields"]:
        with asking(job) as changer:
            document = fields_document(changer.account_schema(), changer.credential_details())
        job.output.show(document)
        return
    if arguments["status"] and job.dry_run:
        raise ConfigError("--status changes nothing, so it has no dry run", hint="Leave --dry-run out.")
    with secret_of(job, arguments, "first secret") as first:

        def finish(changer: Changer, result: Result) -> Result:
            return changer.await_account(result, first.keep) if arguments["wait"] and not job.dry_run else result

        try:
            perform(job, lambda changer: [(0, _step(job, arguments, changer))], keep=first.keep, finish=finish)
        finally:
            first.show()


def _step(job: Job, arguments: Mapping[str, Any], changer: Changer) -> Create | AskAccount:
    if arguments["status"]:
        return AskAccount(arguments["status"])
    return Create(account_request(job.app, arguments, changer.account_schema(), changer.credential_details()))


def _command(connector: Connector) -> ConnectorCommand:
    def run(**arguments: Any) -> None:
        _run(connector, arguments)

    options = [
        spelled(connector, "fields", ["--fields"], is_flag=True, help="List the fields of a new account."),
        *account_options(connector),
        *credential_options(connector),
        *secret_options(connector, "first secret"),
        spelled(connector, "wait", ["--wait"], is_flag=True, help="Wait until an account in progress is created."),
        spelled(connector, "status", ["--status"], metavar="ID", help="Show the state of an account in progress."),
    ]
    return ConnectorCommand(connector, run, [*options, *common_options(connector, file=False)], TEXT)


@click.group(name="create-account", cls=ConnectorGroup, make=_command)
def command() -> None:
    """Create an account in the application itself.

    `connector-host create-account CONNECTOR --help` shows its properties, and the options of a connector.
    """
