"""The commands that change the account. What they leave stands in `tenant.json` of the state folder."""

from time import sleep

from standin_json import dumps
from standin_json import line as one_line

NEEDS = {
    "view_items": "",
    "create_items": "view_items",
    "view_and_copy_passwords": "view_items",
    "edit_items": "view_items view_and_copy_passwords",
    "archive_items": "view_items view_and_copy_passwords edit_items",
    "delete_items": "view_items view_and_copy_passwords edit_items",
    "view_item_history": "view_items view_and_copy_passwords",
    "import_items": "view_items create_items",
    "export_items": "view_items view_and_copy_passwords view_item_history",
    "copy_and_share_items": "view_items view_and_copy_passwords view_item_history",
    "print_items": "view_items view_and_copy_passwords view_item_history",
    "manage_vault": "",
}
BROAD = {"allow_viewing": "", "allow_editing": "allow_viewing", "allow_managing": "allow_viewing allow_editing"}


def answer(call, fail, misuse):
    if not call.state:
        misuse("a change without a state folder")
    words = call.words
    if words[0] == "user":
        return user(call, words[1], words[2:], fail)
    name = "--group" if words[0] == "group" else "--vault"
    target = flag(call, name)
    if not call.mark("writing-" + target):
        fail("conflict")
    try:
        sleep(call.plan.get("write_time", 0))
        from standin_main import loads, slurp

        call.tenant = loads(slurp(call.tenant_path()))
        if words[0] == "group":
            return membership(call, words[2], fail)
        return access(call, words[1], words[2], fail, misuse)
    finally:
        from posix import unlink

        unlink(call.state + "/writing-" + target)


def flag(call, name):
    return call.words[call.words.index(name) + 1] if name in call.words else ""


def save(call):
    import posix

    if call.plan.get("ignored"):
        return
    fresh = f"{call.state}/tenant.{posix.getpid()}"
    fd = posix.open(fresh, posix.O_WRONLY | posix.O_CREAT, 0o600)
    data = memoryview(one_line(call.tenant).encode())
    while data:
        data = data[posix.write(fd, data) :]
    posix.close(fd)
    posix.rename(fresh, call.state + "/tenant.json")


def known(rows, name, kind, fail):
    found = [row for row in rows if name in (row["id"], row["name"], row.get("email"))]
    if not found:
        fail(kind)
    return found[0]


def membership(call, verb, fail):
    if call.accepted == "service":
        fail("forbidden")
    group = known(call.tenant["groups"], flag(call, "--group"), "no-group", fail)["id"]
    who = known(call.tenant["users"], flag(call, "--user"), "no-user", fail)["id"]
    pairs = dict(call.tenant["members"][group])
    if verb == "revoke":
        if who not in pairs:
            fail("no-user")
        del pairs[who]
    else:
        role = (flag(call, "--role") or "member").upper()
        pairs[who] = role if who in pairs else "MEMBER"
    call.tenant["members"][group] = [[user, role] for user, role in pairs.items()]
    save(call)
    return ""


def access(call, kind, verb, fail, misuse):
    if "--no-input" not in call.words:
        misuse("a change of a vault without --no-input, which would ask a person")
    tenant = call.tenant
    vault = known(tenant["vaults"], flag(call, "--vault"), "no-vault", fail)["id"]
    rows = tenant["users" if kind == "user" else "groups"]
    who = known(rows, flag(call, "--" + kind), "no-" + kind, fail)["id"]
    names = [name for name in flag(call, "--permissions").split(",") if name]
    service = call.accepted == "service"
    if service and vault not in call.plan.get("created", ()):
        fail("forbidden")
    table = tenant["vault_users" if kind == "user" else "vault_groups"][vault]
    change(table, who, verb, names, tenant["account"]["type"], service, fail)
    save(call)
    return dumps({"vault_id": vault, f"{kind}_id": who, "permissions": ",".join(names)}) + "\n"


def change(table, who, verb, names, plan, service, fail):
    needs = NEEDS if plan == "BUSINESS" else BROAD
    for name in names:
        if name not in needs:
            fail("not-a-permission", wanted=name)
    held = list(table.get(who, ()))
    if verb == "grant":
        new = held + [name for name in names if name not in held]
        for name in names:
            missing = [need for need in needs[name].split() if need not in new]
            if missing:
                fail("dependent-grant", wanted=name, others=", ".join(missing))
        table[who] = new
        return
    if who not in table:
        fail("no-direct-access")
    rest = [name for name in held if name not in names and name != "move_items"] if names else []
    if service and rest:
        fail("no-direct-access")
    for name in rest:
        gone = [need for need in needs.get(name, "").split() if need in names]
        if gone:
            fail("dependent-revoke", wanted=", ".join(gone), others=name)
    if rest:
        table[who] = rest
    else:
        del table[who]


def user(call, verb, rest, fail):
    if call.accepted == "service":
        fail("forbidden")
    rows = call.tenant["users"]
    if verb == "provision":
        email, name = flag(call, "--email"), flag(call, "--name")
        if any(row["email"] == email for row in rows):
            fail("already-there")
        made = {
            "id": "NEW" + str(call.count("user")).zfill(23),
            "name": name,
            "email": email,
            "type": "MEMBER",
            "state": "TRANSFER_STARTED",
        }
        rows.append(made)
        save(call)
        return dumps(made) + "\n"
    row = known(rows, rest[0], "no-user", fail)
    if verb == "delete":
        rows.remove(row)
        for group, pairs in call.tenant["members"].items():
            call.tenant["members"][group] = [pair for pair in pairs if pair[0] != row["id"]]
        for held in call.tenant["vault_users"].values():
            held.pop(row["id"], None)
    else:
        row["state"] = "SUSPENDED" if verb == "suspend" else "ACTIVE"
    save(call)
    return ""
