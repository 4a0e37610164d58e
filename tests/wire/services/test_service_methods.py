"""The methods of the services, by their paths."""

from connector_host.wire.services.service_methods import CONNECTOR_METHODS, SESSION_METHODS

SERVICES = {
    "c1.connector.v2.ConnectorService": {"GetMetadata", "Validate", "Cleanup"},
    "c1.connector.v2.ResourceTypesService": {"ListResourceTypes"},
    "c1.connector.v2.ResourcesService": {"ListResources"},
    "c1.connector.v2.ResourceGetterService": {"GetResource"},
    "c1.connector.v2.EntitlementsService": {"ListEntitlements", "ListStaticEntitlements"},
    "c1.connector.v2.GrantsService": {"ListGrants"},
    "c1.connector.v2.AssetService": {"GetAsset"},
    "c1.connector.v2.EventService": {"ListEvents", "ListEventFeeds"},
    "c1.connector.v2.TicketsService": {
        *("CreateTicket", "GetTicket", "ListTicketSchemas", "GetTicketSchema", "BulkCreateTickets", "BulkGetTickets")
    },
    "c1.connector.v2.ActionService": {"InvokeAction", "GetActionStatus", "GetActionSchema", "ListActionSchemas"},
    "c1.connector.v2.GrantManagerService": {"Grant", "Revoke"},
    "c1.connector.v2.ResourceManagerService": {"CreateResource", "DeleteResource"},
    "c1.connector.v2.ResourceDeleterService": {"DeleteResourceV2"},
    "c1.connector.v2.AccountManagerService": {"CreateAccount"},
    "c1.connector.v2.CredentialManagerService": {"RotateCredential", "IssueCredential"},
    "c1.ratelimit.v1.RateLimiterService": {"Do", "Report"},
}


def test_a_connector_process_has_these_services():
    assert set(CONNECTOR_METHODS) == {f"/{service}/{name}" for service, names in SERVICES.items() for name in names}


def test_only_assets_are_streamed():
    assert [path for path, method in CONNECTOR_METHODS.items() if method.streams_response] == [
        "/c1.connector.v2.AssetService/GetAsset"
    ]
    assert not any(method.streams_request for method in CONNECTOR_METHODS.values())


def test_a_method_knows_its_messages():
    method = SESSION_METHODS["/c1.connectorapi.baton.v1.BatonSessionService/GetMany"]
    assert method.request(keys=["a"], sync_id="s").keys == ["a"]
    assert method.response.DESCRIPTOR.name == "GetManyResponse"
