"""The reference in docs/reference/ is what the code says, and the code says something of everything public."""

import importlib
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import click
import pytest

from tests.conftest import Site

pytestmark = pytest.mark.xdist_group("reference")  # the pages are made once

ROOT = Path(__file__).parents[2]
TOOLS = ROOT / "tools"
AGAIN = "Run `python tools/reference.py` and commit what it writes to docs/reference/."


@pytest.fixture(scope="module")
def reference():
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(TOOLS)
        return importlib.import_module("reference")


@pytest.fixture(scope="module")
def committed():
    return {path.name: path.read_text(encoding="utf-8") for path in (ROOT / "docs" / "reference").glob("*.md")}


@pytest.fixture(scope="module")
def generated(tmp_path_factory):
    """The pages and what is undocumented, where something else is installed, in another environment and width."""
    site = Site(tmp_path_factory.mktemp("site"))
    site.add("staff")
    other = {"COLUMNS": "40", "LC_ALL": "C", "NO_COLOR": "1", "BATON_FILE": "else.c1z"}
    environ = {**os.environ, **site.environ, **other}
    environ["PYTHONPATH"] = f"{TOOLS}{os.pathsep}{environ['PYTHONPATH']}"
    code = """if True:
        import json, reference
        pages = reference.pages()
        reference.pages = lambda: pages  # they take two seconds
        print(json.dumps([pages, reference.undocumented()]))
    """
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environ)
    return json.loads(done.stdout)


def test_the_committed_pages_are_what_the_code_gives(committed, generated):
    made, _ = generated
    assert sorted(committed) == sorted(made), AGAIN
    for name, text in made.items():
        assert committed[name].splitlines() == text.splitlines(), f"docs/reference/{name} is not current. {AGAIN}"


def test_everything_public_has_words(generated):
    assert generated[1] == []


def test_every_command_and_option_is_there(reference, committed):
    headings = re.findall(r"^### (.+)$", committed["commands.md"], re.MULTILINE)
    assert headings == [words.removesuffix(" CONNECTOR") for words, _, _ in reference.all_commands()]
    assert {"sync", "export csv", "principals compare", "rollback-expansion"} <= set(headings)
    for _words, _command, taking in reference.all_commands():
        for option in taking.params:
            if isinstance(option, click.Option) and not option.hidden:
                assert all(f"`{flag}" in committed["commands.md"] for flag in (*option.opts, *option.secondary_opts))


@pytest.mark.parametrize(
    ("page", "words"),
    [
        ("hooks.md", "list_entitlements(session: Any, resource: Resource, page_token: str | None, page_size: int | None)"),
        ("model.md", "| `next_token` | `str \\| None` | `None` |"),
        ("options.md", "| `required_when` | `Callable[[Options], bool] \\| None` | `None` |"),
        ("errors.md", "RateLimited(message: str, *, retry_after: float | str | timedelta | datetime | None = None, hint: str = \"\")"),
        ("errors.md", "| 70 | [ConnectorHostError](#connectorhosterror), [PluginError](#pluginerror) |"),
        ("commands.md", "connector-host why WHO WHAT [OPTIONS]"),
        ("environment.md", "| `BATON_WORKERS` | `--workers` | `service`, `sync` |"),
        ("environment.md", "| `CONNECTOR_HOST_RECORD` | 1: tests with recordings"),
    ],
)  # fmt: skip
def test_shapes(committed, page, words):
    text = " ".join(committed[page].split()).replace("( ", "(").replace(", )", ")")
    assert words in text


def test_what_has_no_words_is_found(reference, monkeypatch):
    """The check can fail: a hook, an option, an argument and a variable without words are each named."""
    bare = click.Command("bare", params=[click.Argument(["what"]), click.Option(["--loud"])])
    monkeypatch.setattr(reference, "all_commands", lambda: [("bare", bare, bare)])
    monkeypatch.setattr(reference, "constant_variables", lambda: {"BATON_NEW": ""})
    source = reference.SourceModule

    class Bare(source):
        def __init__(self, name):
            super().__init__(name)
            if name == "hookspecs.py":
                self.tree = reference.ast.parse("def list_secrets(session):\n    pass\n")

    monkeypatch.setattr(reference, "SourceModule", Bare)
    monkeypatch.setattr(reference, "pages", lambda: {"all.md": ""})
    found = reference.undocumented()
    for problem in (
        "hookspecs.py: list_secrets has no docstring",
        "the command bare has no help",
        "the help of bare does not say what WHAT is",
        "bare --loud has no help",
        "connector_host.Page is on no page",
        "the constant of the variable BATON_NEW has no docstring below it",
    ):
        assert problem in found
