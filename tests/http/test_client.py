"""The client of HTTP connectors: paths, errors of the contract, redirects, listings, repeated calls."""

import threading

import httpx
import pytest

import connector_host as ch
from connector_host import errors
from connector_host.http import ApiKey, Bearer, Client, Cursor, LinkHeader, NextUrl, Offset, PageNumber


def client(answer, base="https://api.example.com/v2", **options):
    """A client whose requests go to the function `answer`, which gets an httpx.Request."""
    requests = []

    def handle(request):
        requests.append(request)
        return answer(request)

    made = Client(base, transport=httpx.MockTransport(handle), **options)
    made.requests = requests
    return made


def test_paths_are_below_the_base_address_and_parameters_are_sent():
    api = client(lambda request: httpx.Response(200, json={"path": request.url.path, "query": str(request.url.query)}))
    assert api.get("/users", role="a b", empty=None) == {"path": "/v2/users", "query": "b'role=a+b'"}
    assert api.get("users")["path"] == "/v2/users"
    assert api.post("/users", {"a": 1})["path"] == "/v2/users"
    assert api.requests[-1].content == b'{"a":1}'
    assert (api.put("/x"), api.patch("/x"), api.delete("/x"))[2]["path"] == "/v2/x"
    assert client(lambda request: httpx.Response(204)).delete("/x") is None


@pytest.mark.parametrize("base", ["api.example.com", "ftp://x", "https://", "/v1"])
def test_a_base_that_is_no_address_is_a_configuration_error(base):
    with pytest.raises(errors.ConfigError, match="is not the address of an API"):
        Client(base)


@pytest.mark.parametrize(
    ("status", "headers", "error", "retry_after"),
    [
        (400, {}, errors.Refused, None),
        (401, {}, errors.AuthError, None),
        (403, {}, errors.NotPermitted, None),
        (404, {}, errors.NotFound, None),
        (408, {}, errors.Unavailable, None),
        (409, {}, errors.Refused, None),
        (410, {}, errors.NotFound, None),
        (422, {}, errors.Refused, None),
        (429, {}, errors.RateLimited, None),
        (429, {"Retry-After": "7"}, errors.RateLimited, 7.0),
        (429, {"Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT"}, errors.RateLimited, 0.0),
        (429, {"Retry-After": "soon"}, errors.RateLimited, None),
        (429, {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "1445412480"}, errors.RateLimited, 0.0),
        (403, {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "1445412480"}, errors.RateLimited, 0.0),
        (503, {"Retry-After": "3"}, errors.RateLimited, 3.0),
        (500, {}, errors.Unavailable, None),
        (503, {}, errors.Unavailable, None),
    ],
)
def test_a_status_is_an_error_of_the_contract(status, headers, error, retry_after):
    api = client(lambda request: httpx.Response(status, headers=headers, json={"error": {"message": "why\n not"}}))
    with pytest.raises(error) as raised:
        api.get("/users?key=secret", token="s3cr3t")
    assert type(raised.value) is error
    assert raised.value.message == f"GET /users: HTTP {status}: why not"
    if error is errors.RateLimited:
        assert raised.value.retry_after == retry_after


@pytest.mark.parametrize("body", ["<html>", '"' + "x" * 500 + '"', "[]", '{"errors": [{"message": "m"}]}', "{}"])
def test_a_body_of_any_kind_gives_a_short_message(body):
    api = client(lambda request: httpx.Response(422, text=body))
    with pytest.raises(errors.Refused) as raised:
        api.get("/x")
    assert len(raised.value.message) < 250
    assert "\n" not in raised.value.message


def test_what_is_not_json_is_a_bad_response():
    api = client(lambda request: httpx.Response(200, text="<html>", headers={"content-type": "text/html"}))
    with pytest.raises(errors.BadResponse, match=r"GET /x: the body is not JSON \(text/html\)"):
        api.get("/x")


@pytest.mark.parametrize(
    ("raised", "error", "says"),
    [
        (httpx.ConnectError("Name or service not known"), errors.Unavailable, "GET /x: Name or service not known"),
        (httpx.ReadTimeout("timed out"), errors.Unavailable, "no response within 5 s"),
        (httpx.RemoteProtocolError("broken"), errors.Unavailable, "broken"),
        (httpx.ConnectError("[SSL: CERTIFICATE_VERIFY_FAILED] self signed"), errors.ConfigError, "is not trusted"),
        (httpx.DecodingError("bad gzip"), errors.BadResponse, "bad gzip"),
    ],
)
def test_failures_of_the_network_are_errors_of_the_contract(raised, error, says):
    def fail(request):
        raise raised

    with pytest.raises(error, match=says):
        client(fail, timeout=5).get("/x")


def test_a_client_that_is_closed_by_the_stop_of_the_run_is_unavailable():
    run = ch.Run()
    api = client(lambda request: httpx.Response(200, json=1), run=run)
    assert api.get("/x") == 1
    run.stop()
    with pytest.raises(errors.Unavailable):
        api.get("/x")
    api.close()


# --------------------------------------------------------------------------------------------- other hosts


def test_redirects_are_followed_within_the_host_only():
    def answer(request):
        if request.url.path == "/v2/old":
            return httpx.Response(302, headers={"location": "/v2/new"})
        if request.url.path == "/v2/away":
            return httpx.Response(302, headers={"location": "https://evil.example.com/v2/new"})
        if request.url.path == "/v2/circle":
            return httpx.Response(302, headers={"location": "/v2/circle"})
        return httpx.Response(200, json=request.headers["x-key"])

    api = client(answer, auth=ApiKey(ch.Secret("s3cr3t"), header="X-Key", prefix="k "))
    assert api.get("/old") == "k s3cr3t"
    with pytest.raises(errors.BadResponse, match=r"another host: https://evil.example.com"):
        api.get("/away")
    with pytest.raises(errors.BadResponse, match="cannot be followed"):
        api.get("/circle")
    assert all(request.url.host == "api.example.com" for request in api.requests)


@pytest.mark.parametrize("address", ["https://evil.example.com/x", "//evil.example.com/x", "http://api.example.com/x"])
def test_credentials_go_to_the_configured_host_only(address):
    api = client(lambda request: httpx.Response(200, json=1), auth=Bearer("t"))
    with pytest.raises(errors.BadResponse, match="another host"):
        api.get(address)
    assert api.requests == []


# --------------------------------------------------------------------------------------------- listings

PEOPLE = [{"id": str(number)} for number in range(7)]


def resource(item):
    return ch.ResourceId("user", item["id"])


def read_all(api, paging, size=None, **more):
    tokens, items, token = [], [], None
    while True:
        page = api.page("/users", token, size, paging=paging, make=resource, **more)
        items += [item.resource for item in page.items]
        token = page.next_token
        if token is None:
            return items, tokens
        assert token not in tokens
        tokens.append(token)


def slice_of(request, start, size):
    return PEOPLE[start : start + size]


@pytest.mark.parametrize("size", [None, 1, 2, 3, 7, 8])
@pytest.mark.parametrize("strategy", ["link", "next", "relative next", "cursor", "offset", "page", "pages", "totals"])
def test_every_strategy_reads_everything_once(strategy, size):
    def answer(request):
        query = request.url.params
        assert query.get("role") in (None, "x")
        limit = int(query.get("limit") or query.get("per_page") or 3)
        start = int(query.get("at") or query.get("cursor") or query.get("offset") or 0)
        if "page" in query:
            start = (int(query["page"]) - 1) * limit
        end, more = start + limit, start + limit < len(PEOPLE)
        items = PEOPLE[start:end]
        following = f"/v2/users?at={end}&limit={limit}&per_page={limit}"
        body, headers = {"users": items}, {}
        if strategy == "link":
            headers["link"] = f'<https://api.example.com/v2/users?at=0>; rel="first", <{following}>; rel=next'
            headers = headers if more else {}
        elif strategy == "next":
            body["links"] = {"next": f"https://api.example.com{following}" if more else None}
        elif strategy == "relative next":
            body["links"] = {"next": following if more else ""}
        elif strategy == "cursor":
            body["meta"] = {"cursor": str(end), "more": more}
        elif strategy == "pages":
            body["pages"] = -(-len(PEOPLE) // limit)
        elif strategy == "totals":
            body["total"] = len(PEOPLE)
        return httpx.Response(200, json=body, headers=headers)

    paging = {
        "link": LinkHeader(),
        "next": NextUrl(field="links.next"),
        "relative next": NextUrl(field="links.next"),
        "cursor": Cursor(field="meta.cursor", more_field="meta.more"),
        "offset": Offset(page_size=3),
        "page": PageNumber(page_size=3),
        "pages": PageNumber(page_size=3, pages_field="pages"),
        "totals": Offset(page_size=3, total_field="total"),
    }[strategy]
    params = {"role": "x"} if strategy in ("cursor", "offset", "page") else None
    items, _ = read_all(client(answer), paging, size, items="users", params=params)
    assert items == [person["id"] for person in PEOPLE]


def test_a_short_page_may_be_the_end():
    api = client(lambda request: httpx.Response(200, json=PEOPLE[int(request.url.params["offset"]) :][:4]))
    assert len(read_all(api, Offset(page_size=4, short_page_ends=True))[1]) == 1
    assert len(api.requests) == 2
    api.requests.clear()
    read_all(api, Offset(page_size=4))
    assert len(api.requests) == 3  # the last one is empty


@pytest.mark.parametrize("token", ["x", "-1", "1e9", "٣"])
def test_a_token_of_another_listing_is_refused(token):
    api = client(lambda request: httpx.Response(200, json=[]))
    for paging in (Offset(), PageNumber()):
        with pytest.raises(errors.ConfigError, match="not a page token"):
            api.page("/users", token, paging=paging, make=resource)


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ({"people": []}, "GET /users: the field users is NoneType, not a list; its fields: people"),
        ({"users": {"a": 1}}, "the field users is dict, not a list"),
        ([1], "the field users is NoneType, not a list"),
        (None, "the field users is NoneType"),
    ],
)
def test_a_body_of_another_shape_is_a_bad_response(body, says):
    api = client(lambda request: httpx.Response(200, json=body))
    with pytest.raises(errors.BadResponse, match=says):
        api.page("/users", None, paging=Offset(), make=resource, items="users")


@pytest.mark.parametrize("paging", [Cursor(field="c"), NextUrl(field="c"), Offset(total_field="c")])
def test_a_field_of_another_type_is_a_bad_response(paging):
    api = client(lambda request: httpx.Response(200, json={"users": PEOPLE, "c": {"a": 1}}))
    with pytest.raises(errors.BadResponse, match="the field c is dict"):
        api.page("/users", None, paging=paging, make=resource, items="users")


def test_a_next_page_on_another_host_is_refused():
    api = client(lambda request: httpx.Response(200, json=[], headers={"link": '<https://evil.example/2>; rel="next"'}))
    with pytest.raises(errors.BadResponse, match="another host"):
        api.page("/users", None, paging=LinkHeader(), make=resource)


def test_a_page_carries_the_rate_limit_and_leaves_items_out():
    headers = {"X-RateLimit-Limit": "100", "X-RateLimit-Remaining": "7", "X-RateLimit-Reset": "30"}
    api = client(lambda request: httpx.Response(200, json=PEOPLE, headers=headers))
    page = api.page(
        "/users", None, paging=LinkHeader(), make=lambda item: None if item["id"] == "3" else resource(item)
    )
    assert len(page.items) == 6
    assert (page.rate_limit.limit, page.rate_limit.remaining) == (100, 7)
    assert page.rate_limit.reset_at is not None


# --------------------------------------------------------------------------------------------- many calls


def test_calls_that_succeeded_are_not_made_again_after_a_failure():
    failing, counts = {"5"}, {}

    def answer(request):
        key = request.url.path.rpartition("/")[2]
        counts[key] = counts.get(key, 0) + 1
        return httpx.Response(503) if key in failing else httpx.Response(200, json=key)

    api = client(answer)

    def details():
        return api.for_each(
            ("users", None), PEOPLE, lambda person: api.get(f"/users/{person['id']}"), key=lambda p: p["id"]
        )

    with pytest.raises(errors.Unavailable):
        details()
    failing.clear()
    assert details() == [person["id"] for person in PEOPLE]
    assert counts == {"0": 1, "1": 1, "2": 1, "3": 1, "4": 1, "5": 2, "6": 1}
    assert details() == [person["id"] for person in PEOPLE]  # nothing is remembered after success
    assert counts["0"] == 2


def test_threads_may_share_a_client():
    api = client(lambda request: httpx.Response(200, json=request.url.path))
    results = []
    threads = [threading.Thread(target=lambda n=n: results.append(api.get(f"/{n}"))) for n in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == sorted(f"/v2/{n}" for n in range(20))
