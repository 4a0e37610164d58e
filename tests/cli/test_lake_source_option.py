"""`--lake` instead of files, for reviews and the explorer."""

from pathlib import Path

import pytest


@pytest.fixture
def lake(ask, make_c1z, organisation):
    """The lake `lake` with the sources `hr` and `bank`."""
    for name in ("hr", "bank"):
        assert ask("lake", "add", make_c1z(organisation, ids=(name,)), "--source", name).code == 0
    return ("--lake", "lake")


def test_a_review_of_every_source_and_of_one(ask, lake):
    result = ask("review", *lake, "-o", "all.xlsx")
    assert result.code == 0, result.err
    assert "16 grants to decide on" in result.err
    result = ask("review", *lake, "--source", "bank", "-o", "bank.xlsx")
    assert "8 grants to decide on" in result.err
    assert Path("bank.xlsx").exists()


def test_options_that_exclude_each_other(ask, lake, sync_file):
    assert "--lake and --file exclude each other" in ask("review", *lake, "-f", sync_file).err
    assert "--source and --at need --lake" in ask("review", "--source", "hr", "-f", sync_file).err
    assert "--lake needs one --source" in ask("explore", *lake).err
    assert ask("explore", *lake, "--source", "nobody").code == 5
    assert ask("review", "--lake", "nowhere").code == 9
