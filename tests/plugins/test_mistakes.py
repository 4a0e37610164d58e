"""What new authors get wrong, each made in README's connector: the message says what, where, and what to do."""

import importlib.util
import re
from pathlib import Path

import pytest

from connector_host import Run
from connector_host.errors import PluginError
from connector_host.options import Options
from connector_host.plugins.loading import make_connector
from connector_host.sync.engine import SyncSettings, run_sync
from connector_host.sync.guards import endless_listings

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
STAFF = re.search(r"```python\n(.*?)```", README, re.DOTALL)[1]
TEAMS_LISTED = (
    '        return [Resource(ResourceId("team", name), name.title(), traits=(GroupTrait(),)) for name in TEAMS]'
)
OPEN = "@hookimpl\ndef open_session(options):\n    return options['pth']\n\n\n"


@pytest.fixture
def sync(tmp_path):
    """Sync README's connector with one part of it replaced."""

    def run(part, by):
        assert part in STAFF
        path = tmp_path / "staff.py"
        path.write_text(STAFF.replace(part, by))
        spec = importlib.util.spec_from_file_location("staff_with_a_mistake", path)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        connector = make_connector(module, "staff")
        return run_sync(connector, Options({}), SyncSettings(file=tmp_path / "sync.c1z"), Run())

    return run


@pytest.mark.parametrize(
    ("part", "by", "message", "hint"),
    [
        ("def list_grants", "def list_grant", "there is no hook 'list_grant'", "Did you mean list_grants?"),
        ("list_grants(resource)", "list_grants(resorce)", "unknown argument 'resorce'", "Did you mean resource?"),
        ("def list_grants", "async def list_grants", "list_grants is asynchronous", "plain functions"),
        ("@hookimpl", "", "has no hook", "@connector_host.hookimpl"),
        ("return [USER, TEAM]", "[USER, TEAM]", "list_resource_types of everything returned nothing", "in each branch"),
        ("return [USER, TEAM]", "return {}", "list_resource_types of everything returned a dict", "Page(list(items))"),
        ("return [USER, TEAM]", "return [USER, 'team']", "item 1: it is str, not ResourceType", "its author"),
        (", traits=(GroupTrait(),)", "", r"item 0 \(team:logic\): it has no GroupTrait, as its type declares", "its author"),
        ("(Trait.GROUP,)", "Trait.GROUP", r"item 1 \(team\): traits: a tuple or list is needed, not Trait", "its author"),
        ("(GroupTrait(),)", "GroupTrait()", "traits: a tuple or list is needed, not GroupTrait", "its author"),
        ('ResourceId("user", login), name', "login, name", r"item 0 \(ada\): its id is str, not a ResourceId", "its author"),
        ('ResourceId("user", login), name', 'ResourceId("user", 7), name', "resource of its id is int", "its author"),
        ('ResourceId("user", login))', "login)", "principal is str, not a ResourceId", "its author"),
        ("Grant(member,", "Grant('member',", "entitlement is str, not an Entitlement; try resource.ref", "its author"),
        ("TEAMS[resource.id.resource]", "TEAMS[resource]", r"list_grants of team:logic failed: KeyError.*\(staff.py, line 4\d\)", "--trace-hooks"),
        ("@hookimpl\ndef list_resource_types", f"{OPEN}@hookimpl\ndef list_resource_types", r"open_session failed: KeyError: 'pth' \(staff.py, line 19\)", "--debug"),
        (", api=HOST_API", "", r"connector_info failed: TypeError.*'api' \(staff.py, line 14\)", ""),
        (TEAMS_LISTED, "        return Page([], 'x')".replace("Page", "__import__('connector_host').Page"), "page token 'x' a second time", "None after the last page"),
    ],
)  # fmt: skip
def test_the_message_says_what_and_where(sync, part, by, message, hint):
    with pytest.raises(PluginError, match=re.compile(message, re.DOTALL)) as raised:
        sync(part, by)
    assert hint in raised.value.hint


@pytest.mark.parametrize("items", ["[]", f"[{TEAMS_LISTED.strip().removeprefix('return [').partition(' for')[0]}]"])
def test_a_listing_that_brings_nothing_new_is_remarked_upon_and_ended(sync, items, caplog, monkeypatch):
    monkeypatch.setattr(endless_listings, "SUSPICIOUS", 100)
    monkeypatch.setattr(endless_listings, "ENDLESS", 300)
    endless = f"        name = 'logic'; return Page({items}, str(int(page_token or 0) + 1))\n"
    whole = STAFF[STAFF.index("@hookimpl\ndef list_resources(") :]
    changed = whole.replace("def list_resources(resource_type)", "def list_resources(resource_type, page_token)")
    changed = "from connector_host import Page\n" + changed.replace(TEAMS_LISTED + "\n", endless)
    with pytest.raises(
        PluginError, match="list_resources of team returned 300 pages in a row with nothing new"
    ) as raised:
        sync(whole, changed)
    assert "None as the next one" in raised.value.hint
    assert caplog.text.count("list_resources of team returned 100 pages in a row with nothing new") == 1


def test_empty_pages_between_others_are_nothing_to_remark_upon(sync, caplog, monkeypatch):
    monkeypatch.setattr(endless_listings, "SUSPICIOUS", 100)
    sparse = (
        "        at = int(page_token or 0)\n"
        "        found = [Resource(ResourceId('team', name), name, traits=(GroupTrait(),)) for name in TEAMS]\n"
        "        return Page(found[at // 60 : at // 60 + 1] if at % 60 == 0 else [], str(at + 1) if at < 119 else None)\n"
    )
    whole = STAFF[STAFF.index("@hookimpl\ndef list_resources(") :]
    changed = whole.replace("def list_resources(resource_type)", "def list_resources(resource_type, page_token)")
    changed = "from connector_host import Page\n" + changed.replace(TEAMS_LISTED + "\n", sparse)
    assert sync(whole, changed).totals["resources"] == 4
    assert "nothing new" not in caplog.text


def test_a_hook_that_is_not_marked_is_said(sync, caplog):
    assert sync("@hookimpl\ndef list_grants", "def list_grants").totals["grants"] == 0
    assert caplog.messages[0] == "staff: list_grants is not marked with @hookimpl, so it is not a hook"
    assert "connector_info is not marked" not in caplog.text
