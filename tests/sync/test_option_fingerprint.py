"""The fingerprint of an option: of a file or folder its content."""

import os
from pathlib import Path

import pytest

from connector_host.sync import option_fingerprint as module
from connector_host.sync.option_fingerprint import option_fingerprint


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "people.json").write_text("[1]")
    (tmp_path / "groups.json").write_text("[]")
    return tmp_path


def test_other_values_are_their_own_fingerprint(tmp_path):
    assert option_fingerprint("text") == "text"
    assert option_fingerprint(tmp_path / "absent") == tmp_path / "absent"


def test_the_root_of_a_file_system_is_not_read(monkeypatch):
    monkeypatch.setattr(module, "_files", lambda _folder: pytest.fail("it is read"))
    assert option_fingerprint(Path("/")) == Path("/")


@pytest.mark.parametrize("limit", [None, 0])
def test_a_folder_changes_with_its_files(folder, monkeypatch, limit):
    if limit is not None:
        monkeypatch.setattr(module, "MOST_READ", limit)
    seen = [option_fingerprint(folder)]
    assert option_fingerprint(folder) == seen[0]
    (folder / "sub" / "people.json").write_text("[2]")
    os.utime(folder / "sub" / "people.json", ns=(1, 1))
    seen.append(option_fingerprint(folder))
    (folder / "sub" / "people.json").rename(folder / "sub" / "staff.json")
    seen.append(option_fingerprint(folder))
    (folder / "groups.json").unlink()
    seen.append(option_fingerprint(folder))
    assert len({tuple(value) for value in seen}) == len(seen)


def test_a_file_changes_with_its_content(folder):
    before = option_fingerprint(folder / "groups.json")
    (folder / "groups.json").write_text("{}")
    assert option_fingerprint(folder / "groups.json") != before
