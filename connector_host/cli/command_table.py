"""The built-in commands: name -> module in `commands` and one line of help, in the sections that `--help` shows.

A module has a click command named `command`; it is imported when the command is invoked, never for `--help`.
"""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["SECTIONS", "CommandEntry", "built_in"]


class CommandEntry(NamedTuple):
    """The module of a command, below `commands`, and its line of help."""

    module: str
    help: str


SECTIONS: dict[str, dict[str, CommandEntry]] = {
    "Run a connector": {
        "sync": CommandEntry("connectors.sync", "Read an application through its connector and write a c1z file."),
        "check": CommandEntry("connectors.check", "Check that a connector can sign in, and what it can see."),
        "service": CommandEntry("connectors.service", "Perform the tasks that ConductorOne has for a connector."),
        "events": CommandEntry("connectors.events", "Write the events of an application as JSON lines."),
        "tickets": CommandEntry("tickets.ticket_group", "Read and create tickets of an application."),
        "asset": CommandEntry("connectors.asset", "Write the image of an icon or a logo."),
        "serve": CommandEntry("connectors.serve", "Serve a connector to another host as a process."),
        "new": CommandEntry("connectors.new", "Write the files of a new connector."),
        "capabilities": CommandEntry("connectors.capabilities", "Print the capabilities of a connector as JSON."),
        "config": CommandEntry("connectors.config", "Print the options of a connector as JSON."),
        "plugins": CommandEntry("connectors.plugins", "List the installed connectors, observers and commands."),
    },
    "Change the application": {
        "grant": CommandEntry("provisioning.grant", "Grant an entitlement to a principal."),
        "revoke": CommandEntry("provisioning.revoke", "Revoke a grant."),
        "create-account": CommandEntry("accounts.create_account", "Create an account."),
        "create-resource": CommandEntry("provisioning.create_resource", "Create a group or another resource."),
        "set-status": CommandEntry("provisioning.set_status", "Enable or disable an account."),
        "rotate-credentials": CommandEntry("accounts.rotate_credentials", "Replace the credentials of an account."),
        "issue-credential": CommandEntry("accounts.issue_credential", "Issue an API key or another credential."),
        "invoke": CommandEntry("provisioning.invoke", "Invoke an action of a connector."),
        "delete": CommandEntry("provisioning.delete", "Delete an account or another resource permanently."),
        "audit": CommandEntry("provisioning.audit", "Check the record of changes."),
    },
    "Change a c1z file": {
        "expand": CommandEntry("files.expand", "Add the grants that members of groups inherit."),
        "rollback-expansion": CommandEntry("files.rollback_expansion", "Remove the grants that an expansion added."),
        "convert": CommandEntry("files.convert", "Write one sync as a file of the other format, v1 or v3."),
    },
    "Look into a c1z file": {
        "explore": CommandEntry("reading.explore", "Show a file in a web browser on this computer."),
        "resources": CommandEntry("reading.resources", "List users, groups and other resources."),
        "resource-types": CommandEntry("reading.resource_types", "List the resource types."),
        "entitlements": CommandEntry("reading.entitlements", "List the entitlements on resources."),
        "grants": CommandEntry("reading.grants", "List the grants: principals and their entitlements."),
        "principals": CommandEntry(
            "reading.principals", "List the principals with grants, or compare the holders of two entitlements."
        ),
        "access": CommandEntry("reading.access", "Show the direct and inherited access of a principal."),
        "why": CommandEntry("reading.why", "Show each path by which a principal has access."),
        "matrix": CommandEntry("reading.matrix", "Show the access of principals to resources as a table."),
        "graph": CommandEntry("reading.graph", "Draw the grants around a principal, resource or entitlement."),
        "review": CommandEntry("files.review", "Write an access review, and import its decisions."),
        "export": CommandEntry("files.export", "Write a file as CSV, Excel, or a c1z of one sync."),
        "diff": CommandEntry("reading.diff", "Show the differences between two syncs or two files."),
        "validate": CommandEntry("reading.validate", "Check that a file is ready to upload."),
        "stats": CommandEntry("reading.stats", "Count the objects in a sync."),
        "syncs": CommandEntry("reading.syncs", "List the syncs of a file."),
    },
    "Look across applications and days": {
        "lake": CommandEntry("lake.lake_group", "Keep many syncs in a lake of Parquet files, and ask across them."),
    },
    "This program": {
        "health-check": CommandEntry("health_check", "Ask a running service whether it works."),
        "completion": CommandEntry("completion", "Print the completion script for a shell."),
    },
}


def built_in() -> dict[str, CommandEntry]:
    """Return every built-in command by name."""
    return {name: entry for section in SECTIONS.values() for name, entry in section.items()}
