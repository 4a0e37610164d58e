"""What a connector is, for machines: `capabilities`, `config`; and what its hooks are asked: `--trace-hooks`."""

import json

import pytest

import connector_host as ch
from connector_host.cli.commands.connectors.capabilities import described
from connector_host.cli.commands.connectors.config import configuration
from connector_host.errors import PluginError
from connector_host.plugins.loading import make_connector

CODE = """
import connector_host as ch

@ch.hookimpl
def connector_info():
    return ch.ConnectorInfo("Ex", api=ch.HOST_API)

@ch.hookimpl
def connector_options():
    return [ch.Option(name="token", secret=True, required=True)]

@ch.hookimpl
def open_session(options):
    return options["token"].reveal()

@ch.hookimpl
def list_resource_types(session):
    return [ch.ResourceType("user", "User", (ch.Trait.USER,), skip_entitlements_and_grants=True)][:1 if {session} else 1]

@ch.hookimpl
def list_resources(session, resource_type, page_token):
    print("to standard output")
    page = [ch.Resource(ch.ResourceId("user", f"u{n}"), f"Of {session}", traits=(ch.UserTrait(),)) for n in range(3)]
    return ch.Page(page, "more " + session) if page_token is None else ch.Page([])
"""


class Example:
    @ch.hookimpl
    def connector_info(self):
        return ch.ConnectorInfo("Example", api=ch.HOST_API, docs_url="https://example.com/docs")

    @ch.hookimpl
    def connector_options(self):
        return [
            ch.Option(name="token", secret=True, required=True, default="never shown", help="A token."),
            ch.Option(name="mode", choices=("a", "b"), default="a"),
            ch.Option(name="size", type=ch.OptionType.INT, default=3),
            ch.Option(name="quick", type=ch.OptionType.BOOL),
            ch.Option(name="parts", type=ch.OptionType.STRINGS, default=("x", "y")),
        ]

    @ch.hookimpl
    def list_resource_types(self, page_token):
        if page_token is None:
            return ch.Page([ch.ResourceType("user", "User", (ch.Trait.USER,), can=frozenset(ch.Can))], "2")
        return [ch.ResourceType("group", "Group", (ch.Trait.GROUP,), can=frozenset({ch.Can.GRANT}))]

    @ch.hookimpl
    def create_account(self, request): ...

    @ch.hookimpl
    def delete_resource(self, resource): ...

    @ch.hookimpl
    def get_resource(self, resource_id): ...


def test_capabilities_have_the_form_of_the_go_connectors():
    connector = make_connector(Example(), "example")
    user = connector.list_resource_types(None, None).items[0]
    group = connector.list_resource_types(None, "2").items[0]
    assert described(connector, [user, group]) == {
        "@type": "type.googleapis.com/c1.connector.v2.ConnectorCapabilities",
        "resourceTypeCapabilities": [
            {
                "resourceType": {"id": "group", "displayName": "Group", "traits": ["TRAIT_GROUP"]},
                "capabilities": ["CAPABILITY_SYNC", "CAPABILITY_TARGETED_SYNC"],  # no hook `grant`
                "permissions": {},
            },
            {
                "resourceType": {"id": "user", "displayName": "User", "traits": ["TRAIT_USER"]},
                "capabilities": [
                    "CAPABILITY_SYNC",
                    "CAPABILITY_TARGETED_SYNC",
                    "CAPABILITY_ACCOUNT_PROVISIONING",
                    "CAPABILITY_RESOURCE_DELETE",
                ],
                "permissions": {},
            },
        ],
        "connectorCapabilities": [
            "CAPABILITY_SYNC",
            "CAPABILITY_ACCOUNT_PROVISIONING",
            "CAPABILITY_RESOURCE_DELETE",
            "CAPABILITY_TARGETED_SYNC",
            "CAPABILITY_SERVICE_MODE_TARGETED_SYNC",
        ],
        "credentialDetails": {},
    }


def test_config_has_the_form_of_the_go_connectors():
    assert configuration(make_connector(Example(), "example")) == {
        "fields": [
            {
                "name": "token",
                "displayName": "Token",
                "description": "A token.",
                "isRequired": True,
                "isSecret": True,
                "stringField": {"rules": {"isRequired": True}},
            },
            {"name": "mode", "displayName": "Mode", "stringField": {"defaultValue": "a", "rules": {"in": ["a", "b"]}}},
            {"name": "size", "displayName": "Size", "intField": {"defaultValue": "3"}},
            {"name": "quick", "displayName": "Quick", "boolField": {}},
            {"name": "parts", "displayName": "Parts", "stringSliceField": {"defaultValue": ["x", "y"]}},
        ],
        "displayName": "Example",
        "helpUrl": "https://example.com/docs",
    }


def test_they_are_commands_that_need_no_option_and_sign_nobody_in(site):
    site.add("ex", CODE.replace("def open_session(options):", "def open_session(options):\n    raise AssertionError"))
    done = site.run("capabilities", "ex")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["resourceTypeCapabilities"][0]["resourceType"]["id"] == "user"
    done = site.run("config", "ex")
    assert [field["name"] for field in json.loads(done.stdout)["fields"]] == ["token"]
    assert site.run("config", "ex", "--token", "x").returncode == 2


def test_types_that_need_a_session_are_a_defect_that_is_explained(site):
    site.add("ex", CODE.replace('return [ch.ResourceType("user"', 'return [session.nothing, ch.ResourceType("user"'))
    done = site.run("capabilities", "ex")
    assert done.returncode == 70
    assert "list_resource_types without a session: AttributeError" in done.stderr
    assert "session=None" in done.stderr


@pytest.mark.parametrize("place", ["before", "after"])
def test_hook_calls_are_told_without_secrets(site, tmp_path, place):
    site.add("ex", CODE)
    words = ["sync", "ex", "--token", "s3cr3t-value", "-f", "x.c1z", "-o", "json"]
    words = ["--trace-hooks", *words] if place == "before" else [*words, "--trace-hooks"]
    done = site.run(*words, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["totals"]["resources"] == 3
    told = [line for line in done.stderr.splitlines() if "(" in line and "items" in line]
    assert any(line.startswith("list_resource_types(): 1 items") for line in told), done.stderr
    assert any("list_resources(resource_type=user): 3 items, next" in line for line in told)
    assert "open_session(options=(token)" in done.stderr
    assert "s3cr3t-value" not in done.stderr
    quiet = site.run("sync", "ex", "--token", "s3cr3t-value", "-f", "y.c1z", cwd=tmp_path)
    assert "list_resources(" not in quiet.stderr


def test_a_failing_hook_is_told_with_its_error(site, tmp_path):
    site.add("ex", CODE.replace('print("to standard output")', 'raise ch.ConfigError("no such thing")'))
    done = site.run("--trace-hooks", "--log-format", "json", "sync", "ex", "--token", "t", "-f", "x.c1z", cwd=tmp_path)
    assert done.returncode == 2
    lines = [json.loads(line) for line in done.stderr.splitlines()]
    (line,) = [line for line in lines if line.get("hook") == "list_resources"]
    assert "raised ConfigError: no such thing" in json.dumps(line)


def test_marks_of_a_type_are_fields_of_its_entry():
    marks = (
        ch.Annotation.permissions("users:read"),
        ch.Annotation.opt_in_required(),
        ch.Annotation("c1.connector.v2.SkipSyncAnomalyDetection"),
        ch.Annotation.deprecated(),
    )
    entry = described(make_connector(Example(), "example"), [ch.ResourceType("user", annotations=marks)])
    of_type = entry["resourceTypeCapabilities"][0]
    assert list(of_type)[2:] == ["permissions", "optInRequired", "skipSyncAnomalyDetection", "deprecated"]
    assert of_type["permissions"] == {"permissions": [{"permission": "users:read"}]}
    broken = ch.ResourceType("user", annotations=(ch.Annotation("c1.connector.v2.CapabilityPermissions", b"\xff"),))
    with pytest.raises(PluginError, match="'user'.*CapabilityPermissions"):
        described(make_connector(Example(), "example"), [broken])


TYPES_IN_THE_OPTIONS = """
import connector_host as ch

@ch.hookimpl
def connector_info():
    return ch.ConnectorInfo("Ex", api=ch.HOST_API)

@ch.hookimpl
def connector_options():
    return [ch.Option(name="types", type=ch.OptionType.STRINGS, required=True)]

@ch.hookimpl
def open_session(options):
    return options["types"]

@ch.hookimpl
def list_resource_types(session):
    return [ch.ResourceType(name, can=frozenset()) for name in session or ["user"]]
"""


def test_capabilities_of_a_session_when_options_are_specified(site):
    site.add("typed", TYPES_IN_THE_OPTIONS)

    def types(*words):
        done = site.run("capabilities", "typed", *words)
        assert done.returncode == 0, done.stderr
        return [entry["resourceType"]["id"] for entry in json.loads(done.stdout)["resourceTypeCapabilities"]]

    assert types() == ["user"]
    assert types("--types", "vault,role") == ["role", "vault"]
