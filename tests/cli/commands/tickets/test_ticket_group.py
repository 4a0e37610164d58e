"""`tickets schemas`, `create` and `get` with the fake connector."""

import json

import pytest


@pytest.fixture
def tickets(workshop):
    """`tickets VERB` with the words of the workshop, in this process."""

    def run(verb, *words):
        options = ("--scenario", workshop.scenario, "--writable") if verb != "schemas" else ()
        audit = ("--audit", workshop.audit_file) if verb == "create" else ()
        return workshop.here("tickets", verb, "fake", *options, *audit, *words)

    return run


def test_the_schemas_and_the_fields_of_one(tickets):
    listed = json.loads(tickets("schemas", "-o", "json").stdout)["schemas"]
    assert [schema["id"] for schema in listed] == ["access", "hardware"]
    fields = json.loads(tickets("schemas", "--schema", "access", "-o", "json").stdout)["fields"]
    assert [field["id"] for field in fields if field["required"]] == ["system"]
    assert [choice["id"] for choice in fields[1]["choices"]] == ["low", "normal", "high"]
    assert "Statuses: open (Open), done (Done)" in tickets("schemas", "--schema", "hardware").stdout
    wrong = tickets("schemas", "--schema", "acces")
    assert (wrong.returncode, "Did you mean access?" in wrong.stderr) == (2, True)


def test_a_ticket_is_created_recorded_and_read_again(tickets, workshop):
    words = ("--schema", "access", "--title", "Payroll for Ada", "--type", "request", "--label", "new")
    fields = ("--field", "system=payroll", "--field", "until=2026-12-31T00:00:00+00:00", "--field", "seats=2")
    done = tickets("create", *words, *fields, "--requested-for", "user:ann", "-o", "json")
    assert done.returncode == 0, done.stderr
    ticket = json.loads(done.stdout)["ticket"]
    assert ticket["customFields"] == {
        "system": "payroll",
        "until": "2026-12-31T00:00:00Z",
        "seats": 2.0,
        "priority": "normal",
    }
    assert (ticket["requestedFor"], ticket["labels"], ticket["type"]["id"]) == ("user:ann", ["new"], "request")
    again = json.loads(tickets("get", ticket["id"], "-o", "json").stdout)["ticket"]
    assert again == ticket
    begun, ended = workshop.audit()
    assert (begun["action"], begun["schema"], begun["title"]) == ("create_ticket", "access", "Payroll for Ada")
    assert ended["ticket"] == ticket["id"]


def test_several_tickets_of_a_file(tickets, workshop):
    path = workshop.folder / "tickets.json"
    templates = [
        {"schema_id": "hardware", "display_name": "A"},
        {"schema_id": "access", "display_name": "B", "custom_fields": {"system": "s"}, "status_id": "done"},
    ]
    path.write_text(json.dumps({"tickets": templates}))
    done = tickets("create", "--from-file", path, "-o", "json")
    created = json.loads(done.stdout)["tickets"]
    assert [entry["ticket"]["displayName"] for entry in created] == ["A", "B"]
    assert len(workshop.audit()) == 4
    ids = [entry["ticket"]["id"] for entry in created]
    mixed = tickets("get", *ids, "T-99")
    assert mixed.returncode == 6
    assert "failed: T-99: there is no ticket T-99" in mixed.stdout
    assert tickets("get", "T-99").returncode == 5
    path.write_text(json.dumps(templates[0]))
    assert "ticket" in json.loads(tickets("create", "--from-file", path, "-o", "json").stdout)


def test_a_dry_run_creates_nothing(tickets, workshop):
    before = workshop.scenario.read_bytes()
    done = tickets("create", "--schema", "hardware", "--title", "A screen", "--dry-run")
    assert done.stdout == "planned: create the ticket A screen\n  add a ticket to hardware\n"
    assert workshop.scenario.read_bytes() == before


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        ((), "no schema is specified"),
        (("--schema", "hardware"), "no title is specified"),
        (("--schema", "hardwre", "--title", "x"), "there is no ticket schema 'hardwre'"),
        (("--schema", "access", "--title", "x"), "requires the field system"),
        (("--schema", "hardware", "--title", "x", "--status", "new"), "has no status 'new'"),
        (("--schema", "hardware", "--title", "x", "--requested-for", "ada"), "--requested-for: 'ada' is not an id"),
        (("--from-file", "absent.json"), "absent.json cannot be read"),
        (("--from-file", "absent.json", "--title", "x"), "--from-file takes no other description"),
    ],
)
def test_what_cannot_be_created_is_refused_before_anything_is_recorded(tickets, workshop, words, problem):
    done = tickets("create", *words)
    assert (done.returncode, done.stdout) == (2, "")
    assert problem in done.stderr
    assert not workshop.audit_file.exists() or workshop.audit_file.read_text() == ""


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("[]", "Expected `object`"),
        ("{", "truncated"),
        ('{"schema_id": "hardware", "display_name": "x", "statusId": "open"}', "unknown field `statusId`"),
        ('{"tickets": []}', "has no tickets"),
        ('{"tickets": [{"schema_id": "hardware", "display_name": "x"}, {"schema_id": "access", "display_name": "y"}]}',
         "ticket 2: the ticket schema access requires the field system"),
    ],
)  # fmt: skip
def test_a_file_with_a_mistake_is_refused_as_a_whole(tickets, workshop, content, problem):
    path = workshop.folder / "tickets.json"
    path.write_text(content)
    before = workshop.scenario.read_bytes()
    done = tickets("create", "--from-file", path)
    assert (done.returncode, problem in done.stderr) == (2, True), done.stderr
    assert workshop.scenario.read_bytes() == before
