"""Imported once by the fork server: the program, without what starts threads or takes long to import."""

import gc
import importlib
import pkgutil

import connector_host_fake

import connector_host

LATER = (
    "connector_host.lake",
    "connector_host.service",
    "connector_host.remote",
    "connector_host.rpc",
    "connector_host.testing",
    "connector_host.explore",
)

for package in (connector_host, connector_host_fake):
    for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        if not module.name.startswith(LATER) and not module.name.endswith("__main__"):
            importlib.import_module(module.name)

gc.freeze()  # a search for garbage would copy these pages into each command
