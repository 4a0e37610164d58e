"""Judging whether another user could have written a file."""

import os
import struct
from pathlib import Path

import pytest

from connector_host import trusted_paths
from connector_host.errors import ConfigError
from connector_host.trusted_paths import find_entry_risk, find_read_risk, find_risk, other_owner, require_trusted


@pytest.fixture
def file(tmp_path):
    folder = tmp_path / "folder"
    folder.mkdir(mode=0o755)
    path = folder / "file"
    path.write_text("x")
    path.chmod(0o644)
    return path


@pytest.fixture
def others(monkeypatch):
    """Every owner from here on is somebody else, but for those given."""

    def apply(*owners):
        monkeypatch.setattr(trusted_paths, "_trusted_owners", lambda: set(owners))

    return apply


def test_what_only_the_user_and_root_can_write_is_trusted(file):
    assert find_risk(file) == ""
    assert find_risk(file.parent) == ""
    assert find_risk(file.parent / "absent" / "deeper") == ""
    require_trusted(file, "the file")


@pytest.mark.parametrize("mode", [0o646, 0o666, 0o777])
def test_a_file_that_everybody_can_write(file, mode):
    file.chmod(mode)
    assert find_risk(file) == f"every user of this computer can write to {file}"
    assert find_entry_risk(file)


def test_a_folder_on_the_way_that_everybody_can_write(file):
    file.parent.chmod(0o777)
    assert find_risk(file) == f"every user of this computer can write to {file.parent}"
    assert find_entry_risk(file) == ""
    file.parent.chmod(0o1777)  # the sticky bit: nobody can replace the files of others
    assert find_risk(file) == ""
    assert find_risk(file.parent) != ""


def test_an_access_control_list(file, monkeypatch):
    entries = ((1, 6, 2**32 - 1), (2, 6, 65534), (4, 0, 2**32 - 1), (16, 6, 2**32 - 1), (32, 0, 2**32 - 1))
    value = struct.pack("<I", 2) + b"".join(struct.pack("<HHI", *entry) for entry in entries)
    monkeypatch.setattr(trusted_paths, "_is_private_group", lambda _group: True)
    file.chmod(0o660)
    assert (find_risk(file), find_read_risk(file)) == ("", "")
    try:
        os.setxattr(file, "system.posix_acl_access", value)  # rw for user 65534
    except (AttributeError, OSError):
        pytest.skip("no access control lists here")
    assert find_risk(file) == f"the access control list of {file} may let others write to it"
    assert find_read_risk(file) == "its access control list may let others read it"


def test_dots_after_a_link_lead_where_the_system_goes(file, tmp_path):
    place = tmp_path / "open" / "inner"
    place.mkdir(parents=True)
    place.parent.chmod(0o777)
    (file.parent / "link").symlink_to(place)
    path = Path(f"{file.parent}/link/../file")
    (place.parent / "file").write_text("x")
    assert find_risk(path) == f"every user of this computer can write to {place.parent}"


def test_a_group_other_than_the_users_own(file, monkeypatch):
    file.chmod(0o664)
    monkeypatch.setattr(trusted_paths, "_is_private_group", lambda _group: False)
    monkeypatch.setattr(trusted_paths, "group_name", lambda _group: "people")
    assert find_risk(file) == f"the members of the group people can write to {file}"
    monkeypatch.setattr(trusted_paths, "_is_private_group", lambda _group: True)
    assert find_risk(file) == ""


def test_a_group_of_administrators_may_write_to_folders_on_the_way_only(file, monkeypatch):
    monkeypatch.setattr(trusted_paths, "_is_private_group", lambda _group: False)
    monkeypatch.setattr(trusted_paths, "group_name", lambda _group: "staff")
    file.parent.chmod(0o775)
    assert find_risk(file) == ""
    assert find_risk(file.parent) == f"the members of the group staff can write to {file.parent}"


def test_another_owner(file, others):
    others(987654)
    assert " belongs to " in find_risk(file)
    assert find_entry_risk(file).startswith("it belongs to ")
    assert find_entry_risk(file.parent / "absent") == ""


def test_links_are_followed_and_judged(file, tmp_path):
    open_folder = tmp_path / "open"
    open_folder.mkdir()
    target = open_folder / "target"
    target.write_text("x")
    link = file.parent / "link"
    link.symlink_to(os.path.relpath(target, link.parent))
    (tmp_path / "second").symlink_to(file.parent)
    assert find_risk(tmp_path / "second" / "link") == ""
    open_folder.chmod(0o777)
    assert find_risk(tmp_path / "second" / "link") == f"every user of this computer can write to {open_folder}"
    assert find_entry_risk(link) == f"every user of this computer can write to {open_folder}"


def test_links_in_a_circle_are_an_error(tmp_path):
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("a")
    with pytest.raises(OSError, match="too many links"):
        find_risk(tmp_path / "a")


def test_the_error_says_what_to_do(file):
    file.chmod(0o666)
    with pytest.raises(ConfigError, match="the program .* is not used: every user") as caught:
        require_trusted(file, "the program")
    assert "only you can write to" in caught.value.hint


def test_readers(file, monkeypatch):
    file.chmod(0o600)
    assert find_read_risk(file) == ""
    file.chmod(0o604)
    assert find_read_risk(file) == "every user of this computer can read it"
    file.chmod(0o640)
    monkeypatch.setattr(trusted_paths, "_is_private_group", lambda _group: False)
    assert "can read it" in find_read_risk(file)


def test_the_person_behind_sudo_is_trusted(monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setenv("SUDO_UID", "1234")
    assert 1234 in trusted_paths._trusted_owners()
    monkeypatch.setattr(os, "geteuid", lambda: 5)
    assert 1234 not in trusted_paths._trusted_owners()


def test_the_owner_of_a_file_of_another_user(file, monkeypatch):
    assert other_owner(file) == ""
    assert other_owner(file.parent / "absent") == ""
    monkeypatch.setattr(os, "geteuid", lambda: file.stat().st_uid + 1)
    assert other_owner(file) == trusted_paths._user_name(file.stat().st_uid)


def test_on_a_file_system_that_is_read_only_permissions_to_write_mean_nothing(file, monkeypatch):
    file.parent.chmod(0o777)
    assert find_risk(file)
    monkeypatch.setattr(trusted_paths, "_has_other_rules", lambda _path: True)
    assert find_risk(file) == ""


@pytest.mark.parametrize(
    ("path", "release", "is_drive"),
    [
        ("/mnt/c/Users/ada/connector-host.toml", "5.15.90.1-microsoft-standard-WSL2", True),
        ("/mnt/c/Users/ada/connector-host.toml", "6.1.0-13-amd64", False),
        ("/mnt/data/connector-host.toml", "5.15.90.1-microsoft-standard-WSL2", False),
    ],
)
def test_permissions_on_a_drive_of_windows_mean_nothing(monkeypatch, path, release, is_drive):
    monkeypatch.setattr("platform.release", lambda: release)
    assert trusted_paths._is_windows_drive(Path(path)) is is_drive
