"""The kit's tests of accounts and credentials: a right connector passes, each wrong one is found."""

import pytest
from msgspec.structs import replace

import connector_host as ch
from connector_host.testing.harness import Problem

from .right_application import RightApplication, person, run_test

NAMES = (
    "declared_credentials_have_hooks",
    "account_creation",
    "resource_creation",
    "rotation",
    "issuing_credentials",
)
DONE = ch.Outcome.DONE


@pytest.mark.parametrize("name", NAMES)
def test_a_right_connector_passes(name):
    connector = RightApplication()
    before = list(connector.people), list(connector.teams)
    run_test(connector, name)
    assert (connector.people, connector.teams, connector.keys) == (*before, {})


class DeclaresWithoutAHook(RightApplication):
    rotate_credentials = None


class IssuesForAnUnknownType(RightApplication):
    @ch.hookimpl
    def credential_details(self):
        details = super().credential_details()
        return replace(details, issue=(replace(details.issue[0], resource_type="robot"),))


class FailsWithoutASession(RightApplication):
    @ch.hookimpl
    def open_session(self):
        return {"fields": ()}

    @ch.hookimpl
    def account_schema(self, session):
        return ch.AccountSchema(fields=session["fields"])


class CreatesInADryRun(RightApplication):
    @ch.hookimpl
    def create_account(self, request, dry_run):
        change = super().create_account(request, False)
        return replace(change, outcome=ch.Outcome.PLANNED, secret=None) if dry_run else change


class CreatesTwice(RightApplication):
    @ch.hookimpl
    def create_account(self, request, dry_run):
        if request.login in self.people:
            return ch.Change(outcome=DONE, resource=person(request.login), secret=ch.Secret("another"))
        return super().create_account(request, dry_run)


class ShowsTheSecretInACall(RightApplication):
    @ch.hookimpl
    def create_account(self, request, dry_run):
        change = super().create_account(request, dry_run)
        return replace(change, calls=(f"set {change.secret.reveal()}",)) if change.secret else change


class NeverListsTheAccount(RightApplication):
    @ch.hookimpl
    def create_account(self, request, dry_run):
        outcome = ch.Outcome.PLANNED if dry_run else DONE
        return ch.Change(outcome=outcome, resource=person(request.login))


class ReturnsNoAccount(RightApplication):
    @ch.hookimpl
    def create_account(self, request, dry_run):
        return replace(super().create_account(request, dry_run), resource=None)


class IsInProgressForEver(RightApplication):
    @ch.hookimpl
    def create_account(self, request, dry_run):
        return ch.Change(outcome=ch.Outcome.PLANNED if dry_run else ch.Outcome.IN_PROGRESS)


class DeletesNothing(RightApplication):
    @ch.hookimpl
    def delete_resource(self, resource):
        return ch.Change(outcome=DONE)


class CreatesTeamsTwice(RightApplication):
    @ch.hookimpl
    def create_resource(self, resource, dry_run):
        change = super().create_resource(resource, dry_run)
        return replace(change, outcome=DONE) if change.outcome is ch.Outcome.ALREADY else change


class PlansNothing(RightApplication):
    @ch.hookimpl
    def create_resource(self, resource, dry_run):
        return super().create_resource(resource, False)


class RotatesToTheSame(RightApplication):
    @ch.hookimpl
    def rotate_credentials(self, dry_run):
        return ch.Change(
            outcome=ch.Outcome.PLANNED if dry_run else DONE, secret=None if dry_run else ch.Secret("same-1")
        )


class RotatesInADryRun(RightApplication):
    @ch.hookimpl
    def rotate_credentials(self, credentials, dry_run):
        outcome = ch.Outcome.PLANNED if dry_run else DONE
        return ch.Change(outcome=outcome, secret=credentials.make_password())


class RotatesToNothing(RightApplication):
    @ch.hookimpl
    def rotate_credentials(self, dry_run):
        return ch.Change(outcome=ch.Outcome.PLANNED if dry_run else DONE)


class IssuesOneForAll(RightApplication):
    @ch.hookimpl
    def issue_credential(self, resource, request, dry_run):
        change = super().issue_credential(resource, request, dry_run)
        return change if dry_run else replace(change, resource=next(iter(self.keys.values())))


class IssuesForNobody(RightApplication):
    @ch.hookimpl
    def issue_credential(self, resource, request, dry_run):
        change = super().issue_credential(resource, request, dry_run)
        return change if dry_run else replace(change, resource=replace(change.resource, traits=(ch.SecretTrait(),)))


class IssuesWhatIsNeverListed(RightApplication):
    @ch.hookimpl
    def issue_credential(self, resource, request, dry_run):
        change = super().issue_credential(resource, request, dry_run)
        self.keys.clear()
        return change


WRONG = {
    DeclaresWithoutAHook: ("declared_credentials_have_hooks", "the hook rotate_credentials, which it lacks"),
    IssuesForAnUnknownType: ("declared_credentials_have_hooks", "the type 'robot'"),
    FailsWithoutASession: ("declared_credentials_have_hooks", "without a session: TypeError"),
    CreatesInADryRun: ("account_creation", "a dry run of create_account created something"),
    CreatesTwice: ("account_creation", "returned done and a secret"),
    ShowsTheSecretInACall: ("account_creation", "calls that contain the secret"),
    NeverListsTheAccount: ("account_creation", "does not list it"),
    ReturnsNoAccount: ("account_creation", "returned no resource"),
    IsInProgressForEver: ("account_creation", "it cannot be asked again"),
    DeletesNothing: ("account_creation", "it is still listed"),
    CreatesTeamsTwice: ("resource_creation", "and then for the same resource done"),
    PlansNothing: ("resource_creation", "a dry run of create_resource returned done"),
    RotatesToTheSame: ("rotation", "the same secret twice"),
    RotatesInADryRun: ("rotation", "a dry run of rotate_credentials returned a secret"),
    RotatesToNothing: ("rotation", "returned no secret"),
    IssuesOneForAll: ("issuing_credentials", "for two credentials"),
    IssuesForNobody: ("issuing_credentials", "no SecretTrait with the identity person:p1"),
    IssuesWhatIsNeverListed: ("issuing_credentials", "does not list the credential"),
}


@pytest.mark.parametrize("wrong", WRONG, ids=lambda wrong: wrong.__name__)
def test_a_wrong_connector_is_found(wrong):
    name, problem = WRONG[wrong]
    with pytest.raises(Problem, match=problem):
        run_test(wrong(), name)


def test_nothing_is_created_unless_the_author_allows_it():
    from connector_host.testing import ContractTests, Harness

    connector = RightApplication()
    harness = Harness(connector)
    with pytest.raises(pytest.skip.Exception, match="set creating = True"):
        ContractTests().test_account_creation(harness, None, harness.read(None))
