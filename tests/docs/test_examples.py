"""Every connector of docs/examples keeps the contract, and has the number of lines that the page says."""

import importlib.util
import re
import sqlite3
from contextlib import contextmanager
from pathlib import Path

import pytest

from connector_host.testing import ContractTests

from .directory_api import serving

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "docs" / "examples"


def example(name):
    spec = importlib.util.spec_from_file_location(name, FOLDER / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def code_lines(text):
    """Lines that are neither empty nor a comment."""
    return sum(bool(line.strip()) and not line.strip().startswith("#") for line in text.splitlines())


class TestHttpDirectory(ContractTests):
    connector = example("http_directory")
    provisioning = True
    page_sizes = (2,)
    most_cuts = 2

    @pytest.fixture(autouse=True)
    def _api(self):
        with serving("t0ken-of-the-api") as api:
            self.api = api
            self.options = {"url": api.url, "token": api.token}
            yield

    def faults(self):
        return {name: self._broken(name) for name in ("401", "403", "429", "500", "text")}

    @contextmanager
    def _broken(self, name):
        self.api.broken = name
        try:
            yield
        finally:
            self.api.broken = None


class TestCsvFolder(ContractTests):
    connector = example("csv_folder")
    most_cuts = 2

    @pytest.fixture(autouse=True)
    def _folder(self, tmp_path):
        (tmp_path / "people.csv").write_text("id,name,mail\n1,Ada,ada@example.com\n2,Alan,alan@example.com\n")
        (tmp_path / "members.csv").write_text("team,person\nengine,1\nengine,2\nlab,2\n")
        self.options = {"folder": str(tmp_path)}

    named_by = frozenset({"team"})  # the export has names only


class TestSqlDirectory(ContractTests):
    connector = example("sql_directory")
    provisioning = True
    most_cuts = 2

    @pytest.fixture(autouse=True)
    def _database(self, tmp_path):
        database = sqlite3.connect(tmp_path / "directory.db")
        with database:
            database.executescript(
                """
                create table users (id integer primary key, name text, mail text);
                create table roles (id integer primary key, name text);
                create table holders (role integer, user integer, primary key (role, user));
                insert into users values (1, 'Ada', 'ada@example.com'), (2, 'Alan', 'alan@example.com');
                insert into users values (3, 'Grace', 'grace@example.com');
                insert into roles values (10, 'Clerk'), (11, 'Auditor');
                insert into holders values (10, 1), (10, 2), (11, 3);
                """
            )
        database.close()
        self.options = {"database": str(tmp_path / "directory.db")}


class TestCloudConsole(ContractTests):
    connector = example("cloud_console")
    external = frozenset({"person"})
    most_cuts = 2


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.py")), ids=lambda path: path.stem)
def test_the_page_has_the_number_of_its_lines(path):
    page = (ROOT / "docs" / "connectors.md").read_text(encoding="utf-8")
    row = re.search(rf"\(examples/{path.name}\).*\| (\d+) \|$", page, re.MULTILINE)
    assert row, f"docs/connectors.md does not name {path.name}"
    assert int(row[1]) == code_lines(path.read_text(encoding="utf-8"))


def test_a_connector_of_a_paged_api_takes_at_most_120_lines():
    assert len((FOLDER / "http_directory.py").read_text(encoding="utf-8").splitlines()) <= 120
