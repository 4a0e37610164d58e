"""A connector of a cloud with less usual access: accounts with children, roles in scopes, keys, people elsewhere."""

from datetime import UTC, datetime, timedelta

import connector_host as ch

PERSON = ch.ResourceType(
    "person", "Person", (ch.Trait.USER,), can=frozenset({ch.Can.SET_STATUS}), skip_entitlements_and_grants=True
)
TEAM = ch.ResourceType("team", "Team", (ch.Trait.GROUP,), can=frozenset(), grants_by_type=True)
ROLE = ch.ResourceType("role", "Role", (ch.Trait.ROLE,), can=frozenset())
PROJECT = ch.ResourceType("project", "Project", (ch.Trait.APP,), can=frozenset())
KEY = ch.ResourceType("key", "Key", (ch.Trait.SECRET,), can=frozenset(), skip_entitlements_and_grants=True)
START = datetime(2026, 1, 1, tzinfo=UTC)
LOGO = b'<svg xmlns="http://www.w3.org/2000/svg"><circle r="4"/></svg>'
UNLOCK = ch.ActionSchema(name="unlock", resource_type="person", description="Unlock a person.")


class Cloud:
    """The cloud itself, in memory."""

    def __init__(self):
        self.people = {"p1": "Ada", "p2": "Alan", "p3": "Grace"}
        self.disabled = {"p3"}
        self.teams = {"t1": ["p1", "team:t2"], "t2": ["p2", "p3"]}
        self.projects = {"x1": "Payroll", "x2": "Search"}
        self.keys = {"k1": "p1"}


@ch.hookimpl
def connector_info():
    return ch.ConnectorInfo("Cloud console", api=ch.HOST_API, concurrency=4, logo="logo")


@ch.hookimpl
def open_session():
    return Cloud()


@ch.hookimpl
def check_session():
    return ch.Identity("example-cloud", plan="free", limits=("Billing accounts are not visible.",))


@ch.hookimpl
def list_resource_types():
    return [PERSON, TEAM, ROLE, PROJECT, KEY]


@ch.hookimpl
def list_resources(session, resource_type, parent):
    match resource_type.id, parent:
        case "person", None:
            return [person(session, key) for key in session.people]
        case "team", None:
            return [team(key) for key in session.teams]
        case "project", None:
            return [project(key, name) for key, name in session.projects.items()]
        case "role", ch.Resource():  # of each project
            return [role(parent, level) for level in ("viewer", "editor")]
        case "key", None:
            return [key(name, owner) for name, owner in session.keys.items()]
    return []


@ch.hookimpl
def list_static_entitlements(resource_type):
    if resource_type.id not in ("team", "role"):
        return []
    stand_in = ch.Resource(ch.ResourceId(resource_type.id, ""))
    slug = "member" if resource_type.id == "team" else "assigned"
    return [
        ch.Entitlement(stand_in, slug, display_name=f"{slug.title()} of {{display_name}}", grantable_to=("person",))
    ]


@ch.hookimpl
def list_type_grants(session, resource_type):
    grants = []
    for name, members in session.teams.items():
        ref = team(name).ref("member")
        for member in members:
            type_id, _, key = member.rpartition(":")
            expand = ch.GrantExpandable((f"team:{key}:member",)) if type_id else None
            grants.append(ch.Grant(ref, ch.ResourceId(type_id or "person", key), expand))
    return grants


@ch.hookimpl
def list_grants(resource):
    if resource.id.resource_type != "role":
        return []
    ref = resource.ref("assigned")
    if resource.id.resource.endswith("viewer"):  # everybody of the other system with this department
        match = ch.ExternalResourceMatch(ch.Trait.USER, "department", "Engineering")
        return [ch.Grant(ref, ch.External(ch.ResourceId("person", "engineering"), match))]
    inherited = ch.GrantExpandable(("team:t1:member",), resource_type_ids=("person",))
    return [ch.Grant(ref, ch.ResourceId("team", "t1"), inherited, annotations=(ch.Annotation.grant_immutable(),))]


@ch.hookimpl
def set_status(session, resource, status, dry_run):
    key, enable = resource.id.resource, status is ch.ResourceStatus.ENABLED
    calls = (f"PATCH /people/{key} {{active: {enable}}}",)
    if enable is (key not in session.disabled):
        return ch.Change(outcome=ch.Outcome.ALREADY)
    if not dry_run:
        (session.disabled.discard if enable else session.disabled.add)(key)
    return ch.Change(outcome=ch.Outcome.PLANNED if dry_run else ch.Outcome.DONE, calls=calls)


@ch.hookimpl
def list_actions():
    return [UNLOCK]


@ch.hookimpl
def invoke_action(name, resource, dry_run):
    if name != "unlock":
        raise ch.NotFound(f"there is no action {name}")
    status = ch.ActionStatus.PLANNED if dry_run else ch.ActionStatus.COMPLETE
    return ch.ActionResult(status=status, calls=(f"POST /people/{resource.id.resource}/unlock",))


@ch.hookimpl
def list_events(cursor, page_size):
    first = int(cursor or 0)
    numbers = range(first, min(first + (page_size or 10), 20))
    events = tuple(
        ch.Event(id=f"e{n}", type=ch.EventType.USAGE, occurred_at=START + timedelta(hours=n)) for n in numbers
    )
    return ch.EventPage(events=events, next_cursor=str(numbers.stop), has_more=numbers.stop < 20)


@ch.hookimpl
def get_asset(asset_id):
    if asset_id != "logo":
        raise ch.NotFound(f"there is no image {asset_id!r}")
    return ch.Asset("image/svg+xml", LOGO)


def person(session, key):
    enabled = ch.ResourceStatus.DISABLED if key in session.disabled else ch.ResourceStatus.ENABLED
    link = ch.Annotation.external_link(f"https://cloud.example.com/people/{key}")
    trait = ch.UserTrait(login=f"{session.people[key].lower()}@example.com", status=ch.Status(enabled))
    return ch.Resource(ch.ResourceId("person", key), session.people[key], traits=(trait,), annotations=(link,))


def team(key):
    return ch.Resource(ch.ResourceId("team", key), f"Team {key[1:]}", traits=(ch.GroupTrait(),))


def project(key, name):
    trait = ch.AppTrait(logo="logo", flags=(ch.AppFlag.OIDC,))
    return ch.Resource(ch.ResourceId("project", key), name, traits=(trait,), child_types=("role",))


def role(parent, level):
    conditions = ch.RoleScopeConditions(type="cel", expressions=(f"resource.project == '{parent.id.resource}'",))
    name = f"{level.title()} of {parent.display_name}"
    role_id = ch.ResourceId("role", f"{parent.id.resource}-{level}")
    return ch.Resource(role_id, name, parent.id, traits=(ch.RoleTrait(scope_conditions=conditions),))


def key(name, owner):
    trait = ch.SecretTrait(
        identity=ch.ResourceId("person", owner),
        expires_at=START + timedelta(days=90),
        credential_type=ch.CredentialType.UNSPECIFIED,
        credential_detail="access key",
    )
    return ch.Resource(ch.ResourceId("key", name), name, traits=(trait,))
