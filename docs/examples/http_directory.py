"""A connector of a directory with a paged HTTP API: users, groups and members; it adds and removes members."""

import connector_host as ch
from connector_host.http import Bearer, Client, LinkHeader

USER = ch.ResourceType("user", "User", (ch.Trait.USER,), can=frozenset(), skip_entitlements_and_grants=True)
GROUP = ch.ResourceType("group", "Group", (ch.Trait.GROUP,), can=frozenset({ch.Can.GRANT}))
MEMBER = "member"


@ch.hookimpl
def connector_info():
    return ch.ConnectorInfo("Directory", api=ch.HOST_API, concurrency=4)


@ch.hookimpl
def connector_options():
    return [
        ch.Option(name="url", required=True, help="Address of the directory."),
        ch.Option(name="token", secret=True, required=True, help="An API token."),
    ]


@ch.hookimpl
def open_session(options, run):
    return Client(options["url"], auth=Bearer(options["token"]), run=run)


@ch.hookimpl
def check_session(session):
    me = session.get("/me")
    return ch.Identity(me["tenant"], me["login"])


@ch.hookimpl
def list_resource_types():
    return [USER, GROUP]


@ch.hookimpl
def list_resources(session, resource_type, page_token, page_size):
    make = user if resource_type.id == "user" else group
    return session.page(f"/{resource_type.id}s", page_token, page_size, paging=LinkHeader(), make=make)


@ch.hookimpl
def list_entitlements(resource):
    return [ch.Entitlement(resource, MEMBER, ch.Purpose.ASSIGNMENT, grantable_to=("user", "group"))]


@ch.hookimpl
def list_grants(session, resource, page_token, page_size):
    path = f"/groups/{resource.id.resource}/members"
    ref = resource.ref(MEMBER)
    return session.page(path, page_token, page_size, paging=LinkHeader(), make=lambda item: membership(ref, item))


@ch.hookimpl
def grant(session, principal, entitlement, dry_run):
    return change(session, "PUT", entitlement.resource.id, principal.id, dry_run)


@ch.hookimpl
def revoke(session, grant, dry_run):
    return change(session, "DELETE", grant.entitlement.resource.id, grant.principal_id, dry_run)


def change(session, method, group_id, principal, dry_run):
    path = f"/groups/{group_id.resource}/members/{principal.resource_type}s/{principal.resource}"
    calls = (f"{method} {path}",)
    if dry_run:
        return ch.Change(outcome=ch.Outcome.PLANNED, calls=calls)
    changed = session.send(method, path).status_code != 208  # 208: it was so before
    return ch.Change(outcome=ch.Outcome.DONE if changed else ch.Outcome.ALREADY, calls=calls)


def user(item):
    status = ch.ResourceStatus.ENABLED if item["active"] else ch.ResourceStatus.DISABLED
    trait = ch.UserTrait(
        emails=(ch.Email(item["mail"], is_primary=True),), login=item["login"], status=ch.Status(status)
    )
    return ch.Resource(ch.ResourceId("user", str(item["id"])), item["name"], traits=(trait,))


def group(item):
    return ch.Resource(ch.ResourceId("group", str(item["id"])), item["name"], traits=(ch.GroupTrait(),))


def membership(ref, item):
    member = ch.ResourceId(item["type"], str(item["id"]))
    if item["type"] == "group":  # its members are members of the outer group, too
        return ch.Grant(ref, member, ch.GrantExpandable((f"group:{item['id']}:{MEMBER}",)))
    return ch.Grant(ref, member)
