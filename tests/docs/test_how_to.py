"""Each page of docs/how-to/ is done, file by file and command by command, and prints what it shows."""

import contextlib
import io
import os
import re
import sys
from pathlib import Path

import pytest

from connector_host.cli.main import main
from connector_host.testing import ContractTests
from tests.docs import walkthrough
from tests.docs.walkthrough import Shell, alike, blocks, page, walk

PAGES = sorted(path.name for path in (Path(__file__).parents[2] / "docs" / "how-to").glob("*.md"))


class Indoors(Shell):
    """A shell that runs `connector-host` in this process: a page has several commands, and starting each takes longer."""

    stream = None

    def type(self, command):
        words = command.split()
        if words[0] != "connector-host":
            return super().type(command)
        printed = io.TextIOWrapper(io.BytesIO(), write_through=True)
        with pytest.MonkeyPatch.context() as patch:
            for name in set(os.environ) - set(self.environ):
                patch.delenv(name)
            for name, value in self.environ.items():
                patch.setenv(name, value)
            patch.chdir(self.folder)
            patch.setattr(sys, "stdin", io.StringIO())
            with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
                self.code = main(words[1:])
        return printed.buffer.getvalue().decode()


@pytest.fixture(scope="module")
def environ(tmp_path_factory):
    return walkthrough.environment(tmp_path_factory.mktemp("how-to"), CONNECTOR_HOST_PLUGINS="?", TERM="dumb")


@pytest.mark.parametrize("name", PAGES)
def test_the_page_is_done(name, tmp_path, environ, monkeypatch):
    monkeypatch.setattr(walkthrough, "Shell", Indoors)
    text = page(f"docs/how-to/{name}")
    known = ",".join(Path(block.words[1]).stem for block in blocks(text) if block.language == "python")
    pending, done = [], []

    def judge(step, printed, code):
        """As in the tutorial."""
        done.append(step.command)
        shown = "\n".join(step.shown)
        place = f"docs/how-to/{name}, line {step.line}: $ {step.command}"
        assert alike(step.shown, printed), f"{place}\n--- shown\n{shown}\n--- printed\n{printed}"
        if pending and pending.pop() != 0:
            assert step.command == "echo $?", f"{place}: the command before failed"
        pending.append(code)

    walk(text, tmp_path, {**environ, "CONNECTOR_HOST_PLUGINS": known or "none"}, judge)
    assert done, "a how-to page shows something that runs"
    assert pending == [0]


def test_every_promise_of_the_contract_tests_is_in_the_page_about_testing():
    text = page("docs/how-to/testing.md")
    tests = {name.removeprefix("test_") for name in vars(ContractTests) if name.startswith("test_")}
    assert set(re.findall(r"^\| `(\w+)` \| [^|]+ \|$", text[: text.index("What a subclass")], re.MULTILINE)) == tests
    settings = {name for name in ContractTests.__annotations__ if name != "connector"} | {"faults()"}
    assert set(re.findall(r"^\| `([\w()]+)` \|", text[text.index("What a subclass") :], re.MULTILINE)) == settings
