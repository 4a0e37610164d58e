"""docs/tutorial.md is done, file by file and command by command, and prints what it shows."""

import re

import pytest

from tests.docs.walkthrough import alike, blocks, environment, lines_of_code, page, replaced, steps, walk

TUTORIAL = page("docs/tutorial.md")


def test_the_tutorial(tmp_path):
    pytest.importorskip("hatchling", reason="hatchling builds what it installs")
    work = tmp_path / "work"
    work.mkdir()
    typed = walk("docs/tutorial.md", work, environment(tmp_path, CONNECTOR_HOST_PLUGINS="crew"))
    assert typed == [step.command for block in blocks(TUTORIAL) if block.language == "console" for step in steps(block)]
    code = (work / "connector-host-crew" / "connector_host_crew.py").read_text(encoding="utf-8")
    assert re.search(r"has (\d+) lines of code", TUTORIAL)[1] == str(lines_of_code(code))


def test_every_block_is_done():
    assert {block.language for block in blocks(TUTORIAL)} == {"console", "python", "sql", "toml"}
    assert all(len(block.words) > 1 for block in blocks(TUTORIAL) if block.language != "console")


@pytest.mark.parametrize(
    ("shown", "printed", "same"),
    [
        (["a", "b"], "a\nb\n", True),
        (["a"], "a\nb\n", False),
        (["a", "..."], "a\nb\nc\n", True),
        (["a", "...", "z"], "a\nz\n", True),
        (["Took ..."], "Took 3 s\n", True),
        (["Took ..."], "Took 3 s\nand more\n", False),
        (["a.c"], "abc\n", False),
        ([], "", True),
        ([], "a\n", False),
    ],
)
def test_the_comparison_can_fail(shown, printed, same):
    assert alike(shown, printed) is same


def test_replacing_takes_the_decorators_and_nothing_else():
    code = "import x\n\n\n@x.mark\ndef a():\n    return 1\n\n\ndef b():\n    return 2\n"
    assert (
        replaced(code, "a", "def a():\n    return 3\n")
        == "import x\n\n\ndef a():\n    return 3\n\n\ndef b():\n    return 2\n"
    )
