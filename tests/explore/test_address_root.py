"""The random path of the pages."""

import re

import pytest

from connector_host.explore.address_root import address_root


@pytest.fixture(autouse=True)
def state(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return tmp_path / "state" / "connector-host" / "explore-key"


def test_it_is_the_same_at_the_next_start_and_another_one_for_another_port(state):
    first = address_root(8765)
    assert re.fullmatch(r"/s/[0-9a-f]{16}/", first)
    assert address_root(8765) == first != address_root(8766)
    assert state.stat().st_mode & 0o777 == 0o600
    assert state.parent.stat().st_mode & 0o077 == 0
    state.unlink()
    assert address_root(8765) != first


def test_a_key_that_others_can_read_is_not_used(state):
    first = address_root(8765)
    state.chmod(0o644)
    assert address_root(8765) not in (first, address_root(8765))


def test_a_link_or_a_short_key_is_not_used(state, tmp_path):
    address_root(8765)
    (tmp_path / "key").write_bytes(bytes(32))
    (tmp_path / "key").chmod(0o600)
    state.unlink()
    state.symlink_to(tmp_path / "key")
    assert address_root(8765) != address_root(8765)
    state.unlink()
    state.write_bytes(b"short")
    state.chmod(0o600)
    assert address_root(8765) != address_root(8765)


def test_without_a_state_directory_it_is_random(monkeypatch, tmp_path):
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "file"))
    assert address_root(8765) != address_root(8765)
