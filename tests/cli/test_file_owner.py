"""A file of another user that is replaced by a private one."""

import os

import pytest

from connector_host.cli.file_owner import reported_owner


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_expanding_a_file_of_another_user_says_that_they_cannot_read_it(ask, make_c1z, organisation):
    path = make_c1z(organisation)
    os.chown(path, 12345, -1)
    told = ask("expand", "-f", path)
    assert told.code == 0
    assert f"{path} belonged to user 12345, who cannot read the new file. Run: chown" in told.err
    assert "belonged" not in ask("expand", "-f", path).err


def test_a_file_of_ones_own_or_a_new_one_is_not_mentioned(tmp_path, caplog):
    for path in (tmp_path / "new", tmp_path / "new"):
        with reported_owner(path):
            path.touch()
    assert caplog.text == ""
