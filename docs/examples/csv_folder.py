"""A connector of a folder with two exports: people.csv (id, name, mail) and members.csv (team, person)."""

import csv
from collections import defaultdict

import connector_host as ch

PERSON = ch.ResourceType("person", "Person", (ch.Trait.USER,), skip_entitlements_and_grants=True)
TEAM = ch.ResourceType("team", "Team", (ch.Trait.GROUP,))


@ch.hookimpl
def connector_info():
    return ch.ConnectorInfo("CSV folder", api=ch.HOST_API)


@ch.hookimpl
def connector_options():
    return [ch.Option(name="folder", type=ch.OptionType.PATH, required=True, help="Folder of the exports.")]


@ch.hookimpl
def open_session(options):
    folder, members = options["folder"], defaultdict(list)
    for row in rows(folder / "members.csv"):
        members[row["team"]].append(row["person"])
    return {"account": folder.name, "people": rows(folder / "people.csv"), "members": members}


@ch.hookimpl
def check_session(session):
    return ch.Identity(session["account"])


@ch.hookimpl
def list_resource_types():
    return [PERSON, TEAM]


@ch.hookimpl
def list_resources(session, resource_type):
    if resource_type.id == "person":
        return [person(row) for row in session["people"]]
    return [ch.Resource(ch.ResourceId("team", name), name, traits=(ch.GroupTrait(),)) for name in session["members"]]


@ch.hookimpl
def list_entitlements(resource):
    return [ch.Entitlement(resource, "member", ch.Purpose.ASSIGNMENT, grantable_to=("person",))]


@ch.hookimpl
def list_grants(session, resource):
    members = session["members"][resource.id.resource]
    return [ch.Grant(resource.ref("member"), ch.ResourceId("person", name)) for name in members]


def person(row):
    trait = ch.UserTrait(emails=(ch.Email(row["mail"], is_primary=True),))
    return ch.Resource(ch.ResourceId("person", row["id"]), row["name"], traits=(trait,))


def rows(path):
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            return list(csv.DictReader(file))
    except OSError as error:
        raise ch.ConfigError(f"{path} cannot be read: {error.strerror}", hint="Choose another --folder.") from error
