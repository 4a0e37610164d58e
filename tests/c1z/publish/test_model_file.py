"""A file of model values holds what was put in."""

import errno

import pytest

from connector_host.c1z.opening import open_store
from connector_host.c1z.publish import model_file
from connector_host.c1z.publish.model_file import ModelSync, write_model_file
from connector_host.c1z.types import SyncRun
from connector_host.errors import FileError
from connector_host.wire import decode


def test_two_syncs(organisation, tmp_path):
    path = tmp_path / "made.c1z"

    def sync(number):
        times = {"started": f"2026-01-0{number} 10:00:00", "ended": f"2026-01-0{number} 10:00:01"}
        return ModelSync(
            run=SyncRun(id=f"s{number}", supports_diff=True, **times),
            types=organisation.types,
            resources=organisation.resources,
            entitlements=organisation.entitlements,
            grants=organisation.grants,
        )

    write_model_file(path, [sync(1), sync(2)])
    with open_store(path) as store:
        assert [(run.id, run.ended_at, run.expanded) for run in store.syncs()] == [
            ("s1", "2026-01-01T10:00:01Z", True),
            ("s2", "2026-01-02T10:00:01Z", True),
        ]
        view = store.view(store.syncs()[1])
        names = [resource.display_name for resource in organisation.resources]
        assert [decode.resource(row.data).display_name for row in view.resources()] == names
        assert [row.id for row in view.grants()] == [grant.id for grant in organisation.grants]
        assert len(list(view.expandable_grants())) == 2


def test_a_name_that_does_not_reach_the_disk_is_no_file(tmp_path, monkeypatch):
    def fail(_folder):
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(model_file, "sync_folder", fail)
    with pytest.raises(FileError, match="cannot be written"):
        write_model_file(tmp_path / "out.c1z", [])
    assert not list(tmp_path.iterdir())
