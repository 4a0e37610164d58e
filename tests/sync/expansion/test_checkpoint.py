"""The checkpoint of an expansion, in whole syncs that are stopped and resumed."""

import pytest

from connector_host import NotPermitted
from connector_host.c1z.publish import sealing
from connector_host.errors import FileError
from connector_host.sync.expansion import expander


def test_grants_that_could_not_be_read_before_are_expanded_after_all(sync, toy, tmp_path, monkeypatch):
    summary, expected = sync(type(toy)(), file=tmp_path / "expected.c1z")
    may_read = False

    def asked(hook, subject, token):
        if hook == "list_grants" and subject == "g2" and not may_read:
            raise NotPermitted("g2 is secret")

    def fail(*args, **options):
        raise FileError("the disk is full")

    toy.asked = asked
    with monkeypatch.context() as patch:
        patch.setattr(sealing, "seal", fail)
        with pytest.raises(FileError, match="the disk is full"):
            sync(toy, allow_partial=True)
    may_read = True
    resumed, file = sync(toy, allow_partial=True)
    assert resumed.resumed
    assert resumed.unread == []
    assert file.everything() == expected.everything()
    assert resumed.totals == summary.totals


def test_an_expansion_that_was_stopped_resumes_behind_its_last_batch(sync, toy, tmp_path, monkeypatch):
    summary, expected = sync(type(toy)(), file=tmp_path / "expected.c1z")
    monkeypatch.setattr(expander, "BATCH", 1)
    expand_node, nodes = expander._expand_node, []

    def stop_at_the_second(rows, node, *arguments):
        nodes.append(node.entitlements)
        if len(nodes) == 2:
            raise FileError("the disk is full")
        expand_node(rows, node, *arguments)

    monkeypatch.setattr(expander, "_expand_node", stop_at_the_second)
    with pytest.raises(FileError, match="the disk is full"):
        sync(toy)
    resumed, file = sync(toy)
    assert nodes == [("group:g1:member",), ("group:g0:member",), ("group:g0:member",)]
    assert file.everything() == expected.everything()
    assert resumed.totals == summary.totals
