"""A connector of a database with the tables users (id, name, mail), roles (id, name) and holders (role, user)."""

import sqlite3

import connector_host as ch

USER = ch.ResourceType("user", "User", (ch.Trait.USER,), can=frozenset(), skip_entitlements_and_grants=True)
ROLE = ch.ResourceType("role", "Role", (ch.Trait.ROLE,), can=frozenset({ch.Can.GRANT}))
PAGE = 1000


@ch.hookimpl
def connector_info():
    return ch.ConnectorInfo("SQL directory", api=ch.HOST_API)


@ch.hookimpl
def connector_options():
    return [ch.Option(name="database", type=ch.OptionType.PATH, required=True, affects_rows=False, help="The file.")]


@ch.hookimpl
def open_session(options):
    try:
        return sqlite3.connect(f"{options['database'].resolve().as_uri()}?mode=rw", uri=True, check_same_thread=False)
    except sqlite3.Error as error:
        raise ch.ConfigError(f"{options['database']} cannot be opened: {error}") from error


@ch.hookimpl
def check_session(session):
    return ch.Identity(session.execute("select file from pragma_database_list").fetchone()[0])


@ch.hookimpl
def list_resource_types():
    return [USER, ROLE]


@ch.hookimpl
def list_resources(session, resource_type, page_token, page_size):
    if resource_type.id == "user":
        return page(session, "select id, name, mail from users where id > ?", (), page_token, page_size, user)
    return page(session, "select id, name from roles where id > ?", (), page_token, page_size, role)


@ch.hookimpl
def list_entitlements(resource):
    return [ch.Entitlement(resource, "assigned", ch.Purpose.ASSIGNMENT, grantable_to=("user",))]


@ch.hookimpl
def list_grants(session, resource, page_token, page_size):
    ref = resource.ref("assigned")
    query = "select user as id from holders where role = ? and user > ?"
    values = (resource.id.resource,)
    return page(
        session, query, values, page_token, page_size, lambda key: ch.Grant(ref, ch.ResourceId("user", str(key)))
    )


@ch.hookimpl
def grant(session, principal, entitlement, dry_run):
    pair = (entitlement.resource.id.resource, principal.id.resource)
    return change(session, "insert or ignore into holders (role, user) values (?, ?)", pair, dry_run)


@ch.hookimpl
def revoke(session, grant, dry_run):
    pair = (grant.entitlement.resource.id.resource, grant.principal_id.resource)
    return change(session, "delete from holders where role = ? and user = ?", pair, dry_run)


def change(session, statement, pair, dry_run):
    calls = (f"{statement} {pair}",)
    if dry_run:
        return ch.Change(outcome=ch.Outcome.PLANNED, calls=calls)
    with session:
        changed = session.execute(statement, pair).rowcount
    return ch.Change(outcome=ch.Outcome.DONE if changed else ch.Outcome.ALREADY, calls=calls)


def page(session, query, values, page_token, page_size, make):
    """Return the rows after an id: a token that stays right when rows come and go."""
    size = page_size or PAGE
    rows = session.execute(f"{query} order by id limit ?", (*values, int(page_token or 0), size)).fetchall()
    return ch.Page([make(*row) for row in rows], str(rows[-1][0]) if len(rows) == size else None)


def user(key, name, mail):
    trait = ch.UserTrait(emails=(ch.Email(mail, is_primary=True),))
    return ch.Resource(ch.ResourceId("user", str(key)), name, traits=(trait,))


def role(key, name):
    return ch.Resource(ch.ResourceId("role", str(key)), name, traits=(ch.RoleTrait(),))
