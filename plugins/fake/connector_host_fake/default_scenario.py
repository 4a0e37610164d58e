"""The default organisation: Larkfield Robotics, a sample company of some 25 people.

It is small enough to read and odd enough to be worth exploring: groups within groups, a group that reaches an
application three levels down, an expansion that takes only direct members, one that takes only users, a leaver
whose account is disabled but still in groups, a service account, a guest, an empty group, names that are not ASCII,
and one person who is an administrator twice: by a role and by a group.
"""

from __future__ import annotations

from .scenario_format import (
    Scenario,
    ScenarioEntitlement,
    ScenarioExpansion,
    ScenarioGrant,
    ScenarioId,
    ScenarioIdentity,
    ScenarioResource,
    ScenarioType,
)

__all__ = ["default_scenario"]

DOMAIN = "larkfield.example"
ROOT = ScenarioId(type="organization", id="larkfield")

# login, given name, family name, department, title
PEOPLE = """\
amara.okafor|Amara|Okafor|leadership|Managing Director
bjorn.lindqvist|Björn|Lindqvist|leadership|Head of Finance
chen.wei|陈|伟|engineering|Principal Engineer
dalia.haddad|Dalia|Haddad|engineering|Engineering Manager
eoin.osullivan|Eoin|O'Sullivan|engineering|Software Engineer
fatima.zahra|Fatima|Zahra El Idrissi|engineering|Software Engineer
goran.petrovic|Goran|Petrović|platform|Site Reliability Engineer
hana.kobayashi|花|小林|platform|Platform Lead
ines.goncalves|Inês|Gonçalves|engineering|Firmware Engineer
jaroslav.dvorak|Jaroslav|Dvořák|engineering|Test Engineer
kiran.rao|Kiran|Rao|platform|Security Engineer
lucia.fernandez|Lucía|Fernández Núñez|sales|Account Manager
marek.wisniewski|Marek|Wiśniewski|sales|Account Manager
nomvula.dlamini|Nomvula|Dlamini|sales|Head of Sales
olga.ivanova|Ольга|Иванова|finance|Accountant
priya.nair|Priya|Nair|finance|Controller
quentin.lefevre|Quentin|Lefèvre|support|Support Engineer
rosa.jimenez|Rosa|Jiménez|support|Support Lead
selin.celik|Selin|Çelik|people|People Partner
tomas.horak|Tomáš|Horák|support|Support Engineer
umut.kaya|Umut|Kaya|engineering|Mechanical Engineer
vera.schoenfeld|Vera|Schönfeld|people|Recruiter
wen.li|雯|李|engineering|Working Student
yusuf.abdi|Yusuf|Abdi|sales|Sales Engineer
zoe.papadaki|Ζωή|Παπαδάκη|engineering|Software Engineer"""
DISABLED = {"jaroslav.dvorak"}

# id, name, description, members: a login, or @group with its own members (@!: direct ones only)
GROUPS = """\
everyone|Everyone|All staff|@leadership @engineering @sales @finance @support @people
leadership|Leadership|Decides|amara.okafor bjorn.lindqvist
engineering|Engineering|Builds the robots|dalia.haddad chen.wei @software @hardware @platform
software|Software|Firmware and services|eoin.osullivan fatima.zahra zoe.papadaki wen.li ines.goncalves
hardware|Hardware|Mechanics and tests|umut.kaya jaroslav.dvorak ines.goncalves
platform|Platform|Keeps it running|hana.kobayashi goran.petrovic kiran.rao
on-call|On call|Who is woken at night|@!platform chen.wei
sales|Sales|Sells the robots|nomvula.dlamini lucia.fernandez marek.wisniewski yusuf.abdi
finance|Finance|Books and payroll|bjorn.lindqvist olga.ivanova priya.nair
support|Support|Helps customers|rosa.jimenez quentin.lefevre tomas.horak
people|People|Hiring and care|selin.celik vera.schoenfeld
security|Security|Reviews access|kiran.rao hana.kobayashi
contractors|Contractors|From outside, for a time|guest.audit
robotics-club|Robotics Club|Nobody has joined yet|"""

# id, name, description, holders
ROLES = """\
administrator|Administrator|May change everything|kiran.rao @!security
auditor|Auditor|May see everything, change nothing|guest.audit priya.nair
billing|Billing|Sees and pays invoices|@finance"""

# application, its name and description; then "level: holders" parts
APPS = """\
source|Source Code|Reviewed changes|read: @everyone; write: @engineering svc.build; admin: @!platform %administrator
crm|Customer Register|Customers, offers, contracts|read: @sales @support; write: @sales; admin: nomvula.dlamini
payroll|Payroll|Salaries and taxes|read: %auditor; write: @finance; admin: priya.nair
tickets|Help Desk|Questions from customers|read: @everyone; write: @support @on-call; admin: rosa.jimenez %administrator
cloud|Cloud Console|Machines|read: @engineering %auditor; write: @platform; admin: @on-call %administrator"""

VAULTS = """\
prod-secrets|Production Secrets|Keys of what customers use|view: @platform; edit: hana.kobayashi; manage: %administrator
social-media|Social Media|Shared accounts|view: @sales selin.celik; edit: nomvula.dlamini; manage: nomvula.dlamini
bank|Bank Access|Two people, never one|view: %billing; edit: bjorn.lindqvist; manage: amara.okafor"""

LEVELS = {
    "read": "can look at",
    "write": "can change",
    "admin": "can administer",
    "view": "can use what is in",
    "edit": "can change what is in",
    "manage": "can decide who uses",
}


def default_scenario() -> Scenario:
    """Return Larkfield Robotics, the same every time."""
    resources = [
        ScenarioResource(type=ROOT.type, id=ROOT.id, display_name="Larkfield Robotics", child_types=CHILD_TYPES)
    ]
    resources += _people()
    entitlements: list[ScenarioEntitlement] = []
    grants: list[ScenarioGrant] = []
    for type_id, table in (("group", GROUPS), ("role", ROLES)):
        slug = SLUGS[type_id]
        for name, title, description, holders in _rows(table):
            resources.append(_resource(type_id, name, title, description))
            entitlement = _entitlement(type_id, name, slug, f"{title} {slug}", f"{slug.title()} of {title}")
            entitlements.append(entitlement)
            grants += [_grant(entitlement.key, holder) for holder in holders.split()]
    for type_id, table in (("app", APPS), ("vault", VAULTS)):
        for name, title, description, access in _rows(table):
            resources.append(_resource(type_id, name, title, description))
            for part in access.split(";"):
                level, _, holders = part.strip().partition(": ")
                entitlement = _entitlement(type_id, name, level, f"{title}: {level}", f"{LEVELS[level]} {title}")
                entitlements.append(entitlement)
                grants += [_grant(entitlement.key, holder) for holder in holders.split()]
    return Scenario(
        resource_types=TYPES,
        resources=tuple(resources),
        entitlements=tuple(entitlements),
        grants=tuple(grants),
        identity=ScenarioIdentity(
            account="Larkfield Robotics", user=f"auditor@{DOMAIN}", plan="sample", mode="default organisation"
        ),
    )


TYPES = (
    ScenarioType(id="organization", display_name="Organization"),
    ScenarioType(id="user", display_name="User", traits=("user",), skip_entitlements_and_grants=True),
    ScenarioType(id="group", display_name="Group", traits=("group",)),
    ScenarioType(id="role", display_name="Role", traits=("role",)),
    ScenarioType(id="app", display_name="Application", traits=("app",)),
    ScenarioType(id="vault", display_name="Vault"),
)
CHILD_TYPES = ("user", "group", "role", "app", "vault")
MARKS = {"@": "group", "%": "role"}
SLUGS = {"group": "member", "role": "assigned"}


def _rows(table: str) -> list[list[str]]:
    return [line.split("|") for line in table.splitlines()]


def _people() -> list[ScenarioResource]:
    people = [
        _account(
            login,
            f"{given_name} {family_name}",
            {"first_name": given_name, "last_name": family_name, "department": department, "title": title},
            status="disabled" if login in DISABLED else "enabled",
        )
        for login, given_name, family_name, department, title in _rows(PEOPLE)
    ]
    people.append(_account("svc.build", "Build Robot", {"owner": "hana.kobayashi"}, account_type="service"))
    people.append(_account("guest.audit", "Ngozi Adeyemi (guest)", {"guest": True, "company": "Moss & Partners"}))
    return people


def _account(login: str, name: str, profile: dict[str, object], **more: str) -> ScenarioResource:
    return ScenarioResource(
        type="user",
        id=login,
        display_name=name,
        parent=ROOT,
        email=f"{login}@{DOMAIN}",
        profile={"login": login, **profile},
        **more,  # type: ignore[arg-type]  # status and account_type, spelt as the file has them
    )


def _resource(type_id: str, name: str, title: str, description: str) -> ScenarioResource:
    return ScenarioResource(type=type_id, id=name, display_name=title, description=description, parent=ROOT)


def _entitlement(type_id: str, name: str, slug: str, title: str, description: str) -> ScenarioEntitlement:
    return ScenarioEntitlement(
        resource=ScenarioId(type=type_id, id=name),
        slug=slug,
        purpose="assignment" if type_id in SLUGS else "permission",
        display_name=title,
        description=description,
        grantable_to=("user", "group") if type_id in SLUGS else ("user", "group", "role"),
    )


def _grant(entitlement: str, holder: str) -> ScenarioGrant:
    """Return the grant to `login`, `@group` or `%role`; with `!` after the mark only to direct holders."""
    if holder[0] not in MARKS:
        return ScenarioGrant(entitlement=entitlement, principal=ScenarioId(type="user", id=holder))
    type_id = MARKS[holder[0]]
    name = holder[1:].removeprefix("!")
    expand = ScenarioExpansion(
        entitlements=(f"{type_id}:{name}:{SLUGS[type_id]}",),
        shallow=holder[1] == "!",
        resource_types=("user",) if type_id == "group" else (),
    )
    return ScenarioGrant(entitlement=entitlement, principal=ScenarioId(type=type_id, id=name), expand=expand)
