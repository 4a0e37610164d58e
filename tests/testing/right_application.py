"""A connector that keeps the whole contract beyond syncs; the tests beside it break one part of it each."""

import secrets
from datetime import UTC, datetime, timedelta

import connector_host as ch
from connector_host.testing import ContractTests, Harness

PERSON = ch.ResourceType(
    "person",
    "Person",
    (ch.Trait.USER,),
    can=frozenset({ch.Can.CREATE_ACCOUNT, ch.Can.DELETE, ch.Can.ROTATE_CREDENTIALS, ch.Can.ISSUE_CREDENTIAL}),
    skip_entitlements_and_grants=True,
)
TEAM = ch.ResourceType("team", "Team", (ch.Trait.GROUP,), can=frozenset({ch.Can.CREATE, ch.Can.DELETE}))
KEY = ch.ResourceType("key", "Key", (ch.Trait.SECRET,), can=frozenset({ch.Can.DELETE}), skip_entitlements=True)
FORM = ch.TicketSchema(id="help", fields=(ch.TicketField(id="topic", required=True),))
START = datetime(2026, 1, 1, tzinfo=UTC)


class RightApplication:
    """People, teams and keys in memory, with every hook."""

    def __init__(self):
        self.people, self.teams, self.keys, self.tickets = ["p1", "p2"], ["t1"], {}, {}
        self.members = {"t1": ["p1", "p2"]}

    @ch.hookimpl
    def connector_info(self):
        return ch.ConnectorInfo("Right", api=ch.HOST_API, icon="icon")

    @ch.hookimpl
    def account_schema(self):
        return ch.AccountSchema(fields=(ch.AccountField(name="login", required=True),))

    @ch.hookimpl
    def credential_details(self):
        form = ch.IssueOption(
            resource_type="person", option=ch.CredentialOption.API_KEY, secret_type="key", max_seconds=7200
        )
        return ch.CredentialDetails(
            create_account=(ch.CredentialOption.RANDOM_PASSWORD,),
            rotate=(ch.CredentialOption.RANDOM_PASSWORD,),
            issue=(form,),
        )

    @ch.hookimpl
    def list_resource_types(self):
        return [PERSON, TEAM, KEY]

    @ch.hookimpl
    def list_resources(self, resource_type):
        return {
            "person": [person(name) for name in self.people],
            "team": [team(name) for name in self.teams],
            "key": list(self.keys.values()),
        }[resource_type.id]

    @ch.hookimpl
    def list_entitlements(self, resource):
        return (
            [ch.Entitlement(resource, "member", grantable_to=("person",))]
            if resource.id.resource_type == "team"
            else []
        )

    def etag(self, name):
        return str(self.members.get(name))

    @ch.hookimpl
    def list_grants(self, resource, page_token, etag):
        name = resource.id.resource
        if resource.id.resource_type != "team":
            return []
        if etag == self.etag(name):
            return ch.Page((), unchanged=True)
        members, start = self.members.get(name, []), int(page_token or 0)
        grants = [ch.Grant(resource.ref("member"), ch.ResourceId("person", one)) for one in members[start : start + 1]]
        more = start + 1 < len(members)
        return ch.Page(grants, str(start + 1)) if more else ch.Page(grants, etag=self.etag(name))

    # --- change

    @ch.hookimpl
    def create_account(self, request, dry_run):
        return self.create(self.people, request.login, person, dry_run, request.credentials.make_password())

    @ch.hookimpl
    def create_resource(self, resource, dry_run):
        return self.create(self.teams, resource.display_name, team, dry_run)

    def create(self, stored, name, make, dry_run, secret=None):
        if name in stored:
            return ch.Change(outcome=ch.Outcome.ALREADY, resource=make(name))
        if dry_run:
            return ch.Change(outcome=ch.Outcome.PLANNED)
        stored.append(name)
        return ch.Change(outcome=ch.Outcome.DONE, resource=make(name), secret=secret)

    @ch.hookimpl
    def delete_resource(self, resource):
        name = resource.id.resource
        for stored in (self.people, self.teams):
            if name in stored:
                stored.remove(name)
        self.keys.pop(name, None)
        return ch.Change(outcome=ch.Outcome.DONE)

    @ch.hookimpl
    def rotate_credentials(self, resource, credentials, dry_run):
        if dry_run:
            return ch.Change(outcome=ch.Outcome.PLANNED)
        return ch.Change(outcome=ch.Outcome.DONE, secret=credentials.make_password())

    @ch.hookimpl
    def issue_credential(self, resource, request, dry_run):
        if dry_run:
            return ch.Change(outcome=ch.Outcome.PLANNED)
        name = f"k{len(self.keys)}-{secrets.token_hex(4)}"
        self.keys[name] = key(name, resource.id)
        return ch.Change(outcome=ch.Outcome.DONE, resource=self.keys[name], secret=ch.Secret(secrets.token_hex(16)))

    # --- act, events, tickets, images

    @ch.hookimpl
    def list_actions(self):
        return [ch.ActionSchema(name="tidy")]

    @ch.hookimpl
    def invoke_action(self, name, dry_run):
        if name != "tidy":
            raise ch.NotFound(f"there is no action {name}")
        return ch.ActionResult(status=ch.ActionStatus.PLANNED if dry_run else ch.ActionStatus.RUNNING, id="job")

    @ch.hookimpl
    def get_action_status(self, action_id):
        if action_id != "job":
            raise ch.NotFound(f"there is no action {action_id}")
        return ch.ActionResult(status=ch.ActionStatus.COMPLETE, id=action_id)

    @ch.hookimpl
    def list_events(self, cursor, page_size):
        start = int(cursor or 0)
        stop = min(start + (page_size or 5), 12)
        events = tuple(self.event(number) for number in range(start, stop))
        return ch.EventPage(events=events, next_cursor=str(stop), has_more=stop < 12)

    def event(self, number):
        moment = START + timedelta(minutes=number)
        return ch.Event(id=f"e{number}", type=ch.EventType.USAGE, occurred_at=moment)

    @ch.hookimpl
    def list_ticket_schemas(self):
        return [FORM]

    @ch.hookimpl
    def create_ticket(self, request, dry_run):
        if dry_run:
            return ch.TicketResult(outcome=ch.Outcome.PLANNED)
        ticket = ch.Ticket(id=f"T{len(self.tickets)}", display_name=request.display_name, fields=request.fields)
        self.tickets[ticket.id] = ticket
        return ch.TicketResult(ticket=ticket)

    @ch.hookimpl
    def get_ticket(self, ticket_id):
        if ticket_id not in self.tickets:
            raise ch.NotFound(f"there is no ticket {ticket_id}")
        return self.tickets[ticket_id]

    @ch.hookimpl
    def get_tickets(self, ticket_ids):
        return [
            ch.TicketResult(ticket=self.tickets[name])
            if name in self.tickets
            else ch.TicketResult(error="there is none")
            for name in ticket_ids
        ]

    @ch.hookimpl
    def get_asset(self, asset_id):
        if asset_id != "icon":
            raise ch.NotFound(f"there is no image {asset_id}")
        return ch.Asset("image/png", b"\x89PNG")


def person(name):
    return ch.Resource(ch.ResourceId("person", name), f"Person {name}", traits=(ch.UserTrait(),))


def team(name):
    return ch.Resource(ch.ResourceId("team", name), f"Team {name}", traits=(ch.GroupTrait(),))


def key(name, owner):
    trait = ch.SecretTrait(identity=owner)
    return ch.Resource(ch.ResourceId("key", name), name, traits=(trait,))


def run_test(connector, name):
    """Run one test of the kit against a connector; it raises what the test raises."""

    class TestThis(ContractTests):
        creating = True

    TestThis.connector = connector
    test = getattr(TestThis(), f"test_{name}")
    harness = Harness(connector)
    session = harness.open()
    values = {"harness": harness, "session": session}
    names = test.__code__.co_varnames[1 : test.__code__.co_argcount]
    if "reading" in names:
        values["reading"] = harness.read(session)
    test(**{name: values[name] for name in names})
