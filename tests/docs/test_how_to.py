"""Each page of docs/how-to/ is done, file by file and command by command, and prints what it shows."""

import re
from pathlib import Path

import pytest

from connector_host.testing import ContractTests
from tests.docs.walkthrough import blocks, environment, page, walk

PAGES = sorted(path.name for path in (Path(__file__).parents[2] / "docs" / "how-to").glob("*.md"))


@pytest.fixture(scope="module")
def environ(tmp_path_factory):
    return environment(tmp_path_factory.mktemp("how-to"), TERM="dumb")


@pytest.mark.parametrize("name", PAGES)
def test_the_page_is_done(name, tmp_path, environ):
    connectors = [
        Path(block.words[1]).stem for block in blocks(page(f"docs/how-to/{name}")) if block.language == "python"
    ]
    typed = walk(f"docs/how-to/{name}", tmp_path, {**environ, "CONNECTOR_HOST_PLUGINS": ",".join(connectors) or "none"})
    assert typed, "a how-to page shows something that runs"


def test_every_promise_of_the_contract_tests_is_in_the_page_about_testing():
    text = page("docs/how-to/testing.md")
    tests = {name.removeprefix("test_") for name in dir(ContractTests) if name.startswith("test_")}
    assert set(re.findall(r"^\| `(\w+)` \| [^|]+ \|$", text[: text.index("What a subclass")], re.MULTILINE)) == tests
    settings = {name for name in ContractTests.__annotations__ if name != "connector"} | {"faults()"}
    assert set(re.findall(r"^\| `([\w()]+)` \|", text[text.index("What a subclass") :], re.MULTILINE)) == settings
