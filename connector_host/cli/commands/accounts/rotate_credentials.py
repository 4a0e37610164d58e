"""`connector-host rotate-credentials NAME`: replace the credentials of an account in the application."""

from __future__ import annotations

from typing import Any

import click

from ....plugins.facade import Connector
from ....provision.change_requests import Rotate
from ....provision.changer import Changer
from ....provision.credential_choice import choose_credentials
from ..connectors.connector_group import ConnectorCommand, ConnectorGroup
from ..provisioning.change_command import begin, perform
from ..provisioning.resource_arguments import named_step, resource_options
from .credential_arguments import credential_options, credential_request
from .secret_options import secret_of, secret_options

__all__ = ["command"]

TEXT = """Replace the credentials of an account, or of another resource that has some, in the application.

It is looked up in a c1z file, which does not change. The new secret is written to a file that only you can read, or
with --show-secret to standard output. The application decides when the old credentials end.
"""


def _command(connector: Connector) -> ConnectorCommand:
    def run(**arguments: Any) -> None:
        job = begin(connector, "rotate_credentials", arguments)
        credentials = credential_request(job.app, arguments)
        step, lookup = named_step(job, arguments, lambda resource: Rotate(resource, credentials))

        def checked(changer: Changer) -> list[tuple[int, Rotate]]:
            return [(0, Rotate(step.resource, choose_credentials(credentials, changer.credential_details().rotate)))]

        with secret_of(job, arguments, "new secret") as secret:
            try:
                perform(job, checked, lookup=lookup, keep=secret.keep)
            finally:
                secret.show()

    own = [*credential_options(connector), *secret_options(connector, "new secret")]
    return ConnectorCommand(connector, run, resource_options(connector, *own), TEXT)


@click.group(name="rotate-credentials", cls=ConnectorGroup, make=_command)
def command() -> None:
    """Replace the credentials of an account in the application itself.

    `connector-host rotate-credentials CONNECTOR --help` shows how to specify it, and the options of a connector.
    """
