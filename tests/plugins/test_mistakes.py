"""What new authors get wrong, each made in README's connector: the message says what, where, and what to do."""

import importlib.util
import re
from pathlib import Path

import pytest

from connector_host import Run
from connector_host.errors import PluginError
from connector_host.options import Options
from connector_host.plugins.loading import make_connector
from connector_host.sync.connection_check import check
from connector_host.sync.engine import SyncSettings, run_sync
from connector_host.sync.guards import endless_listings

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
STAFF = re.search(r"```python\n(.*?)```", README, re.DOTALL)[1]
TEAMS_LISTED = (
    '        return [Resource(ResourceId("team", name), name.title(), traits=(GroupTrait(),)) for name in TEAMS]'
)
OPEN = "@hookimpl\ndef open_session(options):\n    return options['pth']\n\n\n"


@pytest.fixture
def staff(tmp_path):
    """Load README's connector with one part of it replaced."""

    def load(part, by):
        assert part in STAFF
        path = tmp_path / "staff.py"
        path.write_text(STAFF.replace(part, by))
        spec = importlib.util.spec_from_file_location("staff_with_a_mistake", path)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return make_connector(module, "staff")

    return load


@pytest.fixture
def sync(staff, tmp_path):
    """Sync README's connector with one part of it replaced."""

    def run(part, by):
        return run_sync(staff(part, by), Options({}), SyncSettings(file=tmp_path / "sync.c1z"), Run())

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


CH = "__import__('connector_host')"
RETURN_TEAMS = "        " + TEAMS_LISTED.strip()
ENTITLEMENTS = 'return [Entitlement(resource, "member", Purpose.ASSIGNMENT, grantable_to=("user",))]'


@pytest.mark.parametrize(
    ("part", "by", "message"),
    [
        ("name.title()", "None", "item 0 (team:logic): display_name: a text (str) is needed, not NoneType"),
        ("name.title()", r"'caf\udce9'", "is not valid Unicode text"),
        ('ResourceId("team", name)', r'ResourceId("team", "caf\udce9")', "is not valid Unicode text"),
        ("(GroupTrait(),)", "(GroupTrait,)", "write GroupTrait()"),
        ("(Trait.GROUP,)", "('group',)", "item 1 (team): traits[0]: Trait is needed, not str"),
        ("(Trait.GROUP,)", "(Trait.GROUP,), can='grant'", "can: a frozenset of Can is needed, not str"),
        ("(Trait.GROUP,)", "(Trait.GROUP,), can={'grand'}", "can: 'grand' is not one of Can.GRANT"),
        ("(Trait.GROUP,)", "(Trait.GROUP,), grants_by_type=True", "list_type_grants, which it lacks"),
        ("Purpose.ASSIGNMENT", "'assignment'", "purpose: Purpose is needed, not str"),
        ("Entitlement(resource,", "Entitlement(resource.id,", "Entitlement: resource is ResourceId, not a Resource"),
        ('resource.ref("member")', "resource.ref(None)", "entitlement.slug: str is needed, not NoneType"),
        ('ResourceId("user", login)) for', "ResourceId('user', login), 'x') for", "a GrantExpandable is needed, not str"),
        (RETURN_TEAMS, rf"        return {CH}.Page([], '\udce9')", "next_token '\\udce9' is not valid Unicode"),
        (RETURN_TEAMS, f"        return {CH}.Page([], unchanged=True)", "the host passed no etag"),
        (RETURN_TEAMS, f"        return {CH}.Page([], rate_limit={{}})", "rate_limit is a dict, not a RateLimitStatus"),
        (RETURN_TEAMS, "        raise type('Odd', (Exception,), {'__str__': lambda self: 7})", "Odd (its text cannot be read"),
    ],
)  # fmt: skip
def test_check_finds_what_a_sync_refuses(staff, tmp_path, part, by, message):
    connector = staff(part, by)
    checked = check(connector, Options({}), Run(), max_attempts=1)
    problems = [listing.problem for listing in checked.listings if listing.exit_code == PluginError.exit_code]
    assert any(message in problem for problem in problems)
    with pytest.raises(PluginError, match=re.escape(message)):
        run_sync(connector, Options({}), SyncSettings(file=tmp_path / "sync.c1z"), Run())


@pytest.mark.parametrize(
    ("part", "by", "warning"),
    [
        ("name.title(), traits", "name.title(), ResourceId('team', 'gone'), traits", "parent that was never listed: team:gone"),
        ('grantable_to=("user",)', 'grantable_to=("users",)', "2 entitlement(s) are grantable to the type 'users'"),
        (
            ENTITLEMENTS,
            f"{ENTITLEMENTS[:-1]}, Entitlement(Resource(ResourceId('team', 'gone')), 'x')]",
            "1 entitlement(s) are on resources that were never listed: team:gone",
        ),
    ],
)  # fmt: skip
def test_a_name_of_what_was_never_listed_is_counted_and_named(sync, part, by, warning):
    assert any(warning in text for text in sync(part, by).warnings)


def test_texts_for_people_that_are_not_unicode_are_escaped(staff):
    notes = rf"        return {CH}.Page([], gaps=('r\udce9',), skipped=('s\udce9',))"
    checked = check(staff(RETURN_TEAMS, notes), Options({}), Run(), max_attempts=1)
    (teams,) = [listing for listing in checked.listings if listing.subject == "team" and listing.problem]
    assert r"the connector skipped 's\udce9'" in teams.problem.replace("\\\\", "\\")
    assert teams.problem.endswith(r"r\udce9")


def test_one_malformed_item_of_many_is_shown_and_does_not_stop_a_sync(staff):
    connector = staff("name.title()", "name.title() if name == 'logic' else None")
    checked = check(connector, Options({}), Run(), max_attempts=1)
    (teams,) = [listing for listing in checked.listings if listing.problem]
    assert teams.problem == (
        "item 1 (team:poetry): display_name: a text (str) is needed, not NoneType"
        " (1 of 2 items malformed: a sync skips them)"
    )
    assert (teams.items, checked.exit_code) == (1, 0)


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
