"""`why WHO WHAT`."""

import pytest


def test_paths_as_a_tree(ask, sync_file):
    assert ask("why", "ada@example.com", "app:a1:read", "-f", sync_file).out.partition("\n\n")[2] == (
        "Ada Lovelace holds Payroll read (app:a1:read)\n"
        "└── 1. Ada Lovelace → Platform member → Engineering member → Payroll read\n"
    )


def test_a_resource_stands_for_everything_on_it(ask, sync_file):
    told = ask("why", "u1", "Payroll", "-f", sync_file)
    assert [line for line in told.lines if "holds" in line] == [
        "Ada Lovelace holds Payroll read (app:a1:read)",
        "Ada Lovelace holds Payroll write (app:a1:write)",
    ]


def test_json_and_records_and_csv(ask, sync_file):
    found = ask("why", "u1", "app:a1:read", "-f", sync_file, "-o", "json").json
    assert found["principal"]["displayName"] == "Ada Lovelace"
    assert found["why"][0]["entitlement"]["slug"] == "read"
    assert found["why"][0]["complete"] is True
    steps = [
        {"entitlementId": "group:g2:member", "grantId": "group:g2:member:user:u1"},
        {"entitlementId": "group:g1:member", "grantId": "group:g1:member:group:g2"},
        {"entitlementId": "app:a1:read", "grantId": "app:a1:read:group:g1"},
    ]
    assert found["why"][0]["paths"] == [steps]
    assert ask("why", "u1", "app:a1:read", "-f", sync_file, "-o", "jsonl").records == [
        {"entitlementId": "app:a1:read", "steps": steps}
    ]
    assert ask("why", "u1", "app:a1:read", "-f", sync_file, "-o", "csv").lines[1] == (
        "Ada Lovelace,Payroll read,1,2,Platform member → Engineering member,app:a1:read"
    )


@pytest.mark.parametrize(
    ("who", "what", "code", "message"),
    [
        ("u3", "app:a1:read", 5, "does not hold 'app:a1:read'"),
        ("nobody", "app:a1:read", 5, "No principal or resource matches 'nobody'"),
        ("u1", "vault", 5, "No entitlement and no resource matches 'vault'"),
    ],
)
def test_no_path_is_not_found(ask, sync_file, who, what, code, message):
    told = ask("why", who, what, "-f", sync_file)
    assert (told.code, told.out) == (code, "")
    assert message in told.err


def test_notes_say_what_a_person_must_know(ask, make_c1z, organisation):
    organisation.grants = [one for one in organisation.grants if not one.sources]
    told = ask("why", "u1", "app:a1:read", "-f", make_c1z(organisation))
    assert "but no grant of the entitlement" in told.out
    organisation.grants[3] = organisation.grant("app:a1:read", "user", "u1", sources={"gone:x:member": True})
    told = ask("why", "u1", "app:a1:read", "-f", make_c1z(organisation))
    assert "no link of the file leads through: gone:x:member" in told.out


def test_the_number_of_paths_is_limited(ask, make_c1z, organisation):
    organisation.grants.append(organisation.grant("app:a1:read", "group", "g2", expand=("group:g2:member",)))
    told = ask("why", "u1", "app:a1:read", "--limit", "1", "-f", make_c1z(organisation))
    assert told.lines[3:] == [
        "└── 1. Ada Lovelace → Platform member → Payroll read",
        "",
        "There are more paths; --limit shows more of them.",
    ]
