"""The built-in commands: name -> (module in `commands`, one line of help), in the sections `--help` shows.

A module has a click command named `command`; it is imported when the command is invoked, never for `--help`.
"""

from __future__ import annotations

__all__ = ["SECTIONS", "built_in"]

SECTIONS: dict[str, dict[str, tuple[str, str]]] = {
    "Run a connector": {
        "sync": ("connectors.sync", "Read an application through its connector and write a c1z file."),
        "check": ("connectors.check", "Look whether a connector can sign in, as whom, and what it will see."),
        "new": ("connectors.new", "Write a new connector, ready to run."),
        "capabilities": ("connectors.capabilities", "Print what a connector can do, as JSON."),
        "config": ("connectors.config", "Print the options of a connector, as JSON."),
        "plugins": ("connectors.plugins", "List the connectors installed, what they can do, and what is broken."),
    },
    "Change the application": {
        "grant": ("provisioning.grant", "Give somebody something, through a connector."),
        "revoke": ("provisioning.revoke", "Take it away."),
        "create-account": ("provisioning.create_account", "Make an account."),
        "set-status": ("provisioning.set_status", "Enable or disable an account."),
        "delete": ("provisioning.delete", "Delete an account or another resource, for good."),
    },
    "Change a c1z file": {
        "expand": ("files.expand", "Give everybody behind a group a grant of their own, in an existing file."),
        "rollback-expansion": ("files.rollback_expansion", "Take that back: only the connector's own grants stay."),
        "convert": ("files.convert", "Write a sync of it as a file of the other format, v1 or v3."),
    },
    "Look into a c1z file": {
        "explore": ("reading.explore", "Look at it in a web browser, on this computer."),
        "resources": ("reading.resources", "List users, groups and whatever else the connector found."),
        "resource-types": ("reading.resource_types", "List the kinds of resources."),
        "entitlements": ("reading.entitlements", "List what can be held on resources."),
        "grants": ("reading.grants", "List who holds what."),
        "principals": ("reading.principals", "List those who hold grants, or compare the holders of two entitlements."),
        "access": ("reading.access", "Show what somebody holds, directly or through what."),
        "why": ("reading.why", "Show each path that leads somebody to what they hold."),
        "matrix": ("reading.matrix", "Show principals and resources with what is held where they meet."),
        "graph": ("reading.graph", "Draw what surrounds somebody or something."),
        "review": ("files.review", "Write an access review to decide in, and read the decisions back."),
        "export": ("files.export", "Write it as CSV, Excel, or a c1z of one sync."),
        "diff": ("reading.diff", "Show what is different between two syncs or two files."),
        "validate": ("reading.validate", "Check that a file is sound to upload."),
        "stats": ("reading.stats", "Count what is in a sync."),
        "syncs": ("reading.syncs", "List the syncs of a file."),
    },
}


def built_in() -> dict[str, tuple[str, str]]:
    """Every built-in command by name."""
    return {name: where for section in SECTIONS.values() for name, where in section.items()}
