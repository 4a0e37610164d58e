"""Connectors made of functions."""

import types

import connector_host as ch
from connector_host.plugins import loading

INFO = ch.ConnectorInfo("Example", api=ch.HOST_API)


def module(**functions):
    """A connector as a module: the two hooks it must have, and what is given."""
    made = types.ModuleType("example")
    functions = {"connector_info": lambda: INFO, "list_resource_types": lambda: (), **functions}
    for name, function in functions.items():
        if function is not None:
            setattr(made, name, ch.hookimpl(function))
    return made


def connector(**functions):
    return loading.make_connector(module(**functions), "example", version="1.0", distribution="example-dist")
