"""The pages of a file of format v3."""

import pytest

from connector_host.c1z.publish.conversion import convert

PAGES = {
    "overview": {},
    "principals": {},
    "resources": {},
    "entitlements": {},
    "changes": {},
    "matrix": {},
    "principal": {"type": "user", "id": "u1"},
    "graph": {"type": "user", "id": "u1"},
}


@pytest.mark.parametrize("name", PAGES)
def test_a_page_of_a_v3_file_says_what_that_of_the_v1_file_says(pages, make_c1z, organisation, tmp_path, name):
    path, recent = make_c1z(organisation), tmp_path / "v3.c1z"
    convert(path, recent, "v3", "3MWRtRojxq56xa3PVgmKtzUUSt8")
    found = [pages(paths=[one]).get(name, **PAGES[name]).text for one in (path, recent)]
    assert found[1].replace("v3.c1z", "sync.c1z") == found[0]
