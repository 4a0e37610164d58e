"""The answers of the reading commands, made from the tenant file."""

from time import sleep

from standin_json import documents, dumps


def answer(call, done, fail):
    words, tenant = call.words, call.tenant
    command, rest = words[:2], words[2:]
    if words == ["whoami"]:
        return dumps(who(call)) + "\n"
    if words == ["service-account", "ratelimit"]:
        return dumps(call.plan.get("ratelimit", [])) + "\n"
    if words == ["account", "get"]:
        return dumps(tenant["account"]) + "\n"
    if command == ["user", "list"]:
        return listing(call, tenant["users"])
    if command == ["group", "list"]:
        return listing(call, groups(call, rest))
    if command == ["vault", "list"]:
        return listing(call, vaults(call, rest, fail))
    if command == ["user", "get"]:
        return objects(call, rest, tenant["users"], user_details, "no-user", fail)
    if command == ["group", "get"]:
        return objects(call, rest, tenant["groups"], group_details, "no-group", fail)
    if command == ["vault", "get"]:
        return objects(call, rest, tenant["vaults"], vault_details, "no-vault", fail)
    if words[:3] == ["group", "user", "list"]:
        rows = by_id(tenant["users"])
        pairs = found(tenant["members"], words[3:], "no-group", fail)
        return listing(call, [{**rows[user], "role": role} for user, role in pairs], empty="null")
    if words[:3] == ["vault", "user", "list"]:
        rows = by_id(tenant["users"])
        held = found(tenant["vault_users"], words[3:], "no-vault", fail)
        return listing(call, [{**rows[key], "permissions": value} for key, value in held.items()])
    if words[:3] == ["vault", "group", "list"]:
        rows = by_id(tenant["groups"])
        held = found(tenant["vault_groups"], words[3:], "no-vault", fail)
        return listing(call, [{**rows[key], "permissions": value} for key, value in held.items()])
    raise done(
        1, err=f'[ERROR] 2026/01/01 00:00:00 unknown command "{" ".join(words)}" for "op"\nUsage:  op [command]\n'
    )


def by_id(rows):
    return {row["id"]: row for row in rows}


def found(table, rest, kind, fail):
    if len(rest) != 1 or rest[0] not in table:
        fail(kind)
    return table[rest[0]]


def listing(call, rows, empty="[]"):
    if not rows:
        return call.plan.get("empty", empty) + "\n"
    missing = call.plan.get("unreported", ())
    return dumps([{key: value for key, value in row.items() if key not in missing} for row in rows]) + "\n"


def who(call):
    known = {"url": call.tenant["signin"]["url"] + "/", "account_uuid": call.tenant["account"]["id"]}
    if call.accepted == "service":
        return {**known, "user_uuid": "SERVICEACCOUNTUSER", "user_type": "SERVICE_ACCOUNT"}
    return {**known, **call.me()}


def groups(call, rest):
    if rest[:1] != ["--user"]:
        return call.tenant["groups"]
    inside = {group for group, pairs in call.tenant["members"].items() if rest[1] in {user for user, _role in pairs}}
    return [group for group in call.tenant["groups"] if group["id"] in inside]


def vaults(call, rest, fail):
    """Readable ones without a filter; `managed_only` in the plan names those that only the filter shows."""
    only = call.plan.get("managed_only", ())
    rows = call.tenant["vaults"]
    if not rest:
        return [row for row in rows if row["id"] not in only]
    business = call.tenant["account"]["type"] == "BUSINESS"
    if rest[0] != "--permission" or rest[1] not in (
        ("manage_vault", "allow_managing") if business else ("allow_managing",)
    ):
        fail("unknown-flag")
    return [row for row in rows if row["id"] in only or row["id"] in call.plan.get("managed", ())]


def objects(call, rest, rows, details, kind, fail):
    """`get ID`, `get NAME` or `get -`: many objects, printed one after another without commas between them."""
    names = rest[:1]
    if names == ["-"] and call.plan.get("no_batch"):
        fail(kind, who="-")
    if names == ["-"]:
        text = call.stdin_text()
        if text.lstrip()[:1] in ("{", "["):
            names = [row["id"] for value in documents(text) for row in (value if isinstance(value, list) else [value])]
        else:
            names = text.split()
    elif names == ["--me"]:
        names = [call.me()["user_uuid"]]
    known = {**{row["name"]: row for row in rows}, **{row.get("email", row["id"]): row for row in rows}, **by_id(rows)}
    parts = []
    for name in names:
        sleep(call.plan.get("delay_per_object", 0) if rest[0] == "-" else 0)
        if name not in known or name in call.plan.get("broken", ()):
            from standin_main import write_all

            write_all(1, "".join(parts).encode())
            fail(kind)
        parts.append(dumps({**known[name], **details(call, known[name])}) + "\n")
    return "".join(parts)


def user_details(call, user):
    dates = {"created_at": "2024-01-01T10:00:00Z", "updated_at": "2024-01-02T10:00:00Z"}
    last = "0001-01-01T00:00:00Z" if user["state"] == "PENDING" else "2024-05-06T07:08:09Z"
    return {**dates, "last_auth_at": last}


def group_details(call, group):
    kind = {
        "Owners": "OWNERS",
        "Administrators": "ADMINISTRATORS",
        "Recovery": "RECOVERY",
        "Team Members": "TEAM_MEMBERS",
    }
    rights = {"Owners": ["CREATE_VAULTS", "MANAGE_BILLING"], "Team Members": ["CREATE_VAULTS"]}
    return {
        "updated_at": "2024-03-02T12:00:00Z",
        "permissions": rights.get(group["name"], []),
        "type": kind.get(group["name"], "USER_DEFINED"),
    }


def vault_details(call, vault):
    kind = call.plan.get("vault_types", {}).get(
        vault["id"], "PERSONAL" if vault["name"] == "Private" else "USER_CREATED"
    )
    return {"description": "about " + vault["name"], "attribute_version": 1, "type": kind}
