"""The package face: what it names exists, is sorted, and is all that modules below offer to connectors."""

import importlib
import pkgutil
import subprocess
import sys

import pytest

import connector_host

MODULES = sorted(
    f"connector_host.{module.name}"
    for module in pkgutil.iter_modules(connector_host.__path__)
    if not module.ispkg and module.name != "__main__"
)


def test_the_face_is_sorted_and_complete():
    # upper-case constants first, then classes, then functions, as the linter sorts them
    names = connector_host.__all__
    assert len(names) == len(set(names))
    assert names == sorted(names, key=lambda name: (not name.isupper(), not name[0].isupper(), name))
    for name in names:
        assert getattr(connector_host, name) is not None
    assert set(names) <= set(dir(connector_host))


def test_a_name_that_is_not_there_is_an_ordinary_error():
    with pytest.raises(AttributeError, match="Pgae"):
        connector_host.Pgae  # noqa: B018
    with pytest.raises(ImportError):
        exec("from connector_host import Pgae")


def test_the_face_offers_the_whole_model_and_every_error_of_connectors():
    from connector_host import errors, model

    spellings = {"entitlement_id", "grant_id"}
    assert set(model.__all__) - spellings <= set(connector_host.__all__)
    for name in errors.__all__:
        if issubclass(getattr(errors, name), errors.ConnectorError):
            assert name in connector_host.__all__


@pytest.mark.parametrize("name", MODULES)
def test_every_module_says_what_it_offers(name):
    module = importlib.import_module(name)
    assert module.__doc__
    assert module.__all__
    for member in module.__all__:
        assert hasattr(module, member), member


def test_importing_the_package_imports_nothing_heavy():
    code = "import sys, connector_host; print(*sorted(set(sys.modules) & {'msgspec', 'pluggy', 'apsw', 'google'}))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "\n"


def test_star_import_gives_every_name():
    scope = {}
    exec("from connector_host import *", scope)
    assert set(connector_host.__all__) <= set(scope)
