"""What all stand-ins promise alike: faults on the wire, an honest journal, control paths, and a clean end."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from standins.exchange import Answer, Request, json_answer
from standins.server import Standin, running

PATIENCE = httpx.Timeout(5.0)
HURRY = httpx.Timeout(0.8)


class Counting(Standin):
    """Answers every GET with a number and counts every POST as an effect."""

    def __init__(self) -> None:
        super().__init__()
        self.effects: list[bytes] = []

    def answer(self, request: Request) -> Answer:
        if self.revoked:
            return Answer(self.revoked)
        if request.method == "POST":
            self.effects.append(request.body)
            return json_answer(201, {"effects": len(self.effects)}, effect=True)
        return json_answer(200, {"path": request.path, "query": request.query})


@pytest.fixture
def server() -> Iterator[Counting]:
    with running(Counting()) as standin:
        yield standin


@pytest.fixture
def client(server: Counting) -> Iterator[httpx.Client]:
    # There is no TLS here: without `verify=False` each client would load all certificates first.
    with httpx.Client(base_url=server.url, timeout=PATIENCE, trust_env=False, verify=False) as one:
        yield one


def control(client: httpx.Client, path: str, body: Any) -> httpx.Response:
    return client.post(f"/__standin/{path}", json=body)


def test_it_listens_on_loopback_only_and_keeps_connections_open(server: Counting) -> None:
    assert server.url.startswith("http://127.0.0.1:")
    with socket.create_connection(("127.0.0.1", server.port), timeout=5) as raw:
        for _ in range(2):
            raw.sendall(b"GET /a HTTP/1.1\r\nHost: x\r\n\r\n")
            assert raw.recv(4096).startswith(b"HTTP/1.1 200 OK")


def test_the_journal_holds_every_request_and_no_secret(server: Counting, client: httpx.Client) -> None:
    client.get("/a?x=1&token=hush", headers={"Authorization": "Bearer hush", "X-AgreementGrantToken": "hush"})
    client.post("/b", content=b"body")
    first, second = server.journal()
    assert (first.method, first.path, first.query["x"], first.body, first.effect) == ("GET", "/a", "1", "", False)
    assert (second.method, second.body, second.effect, second.status) == ("POST", "body", True, 201)
    assert "hush" not in str(first)


def test_control_requests_are_not_in_the_journal(server: Counting, client: httpx.Client) -> None:
    client.get("/a")
    listed = client.get("/__standin/journal").json()["requests"]
    assert [one["path"] for one in listed] == ["/a"]
    assert control(client, "reset", {}).status_code == 200
    assert server.journal() == []


def test_a_status_fault_hits_only_what_it_names_and_only_so_often(client: httpx.Client) -> None:
    match = {"method": "GET", "path": "/pages", "query": {"page": "1"}}
    fault = {"match": match, "times": 2, "kind": "status", "status": 429, "headers": {"Retry-After": "1"}}
    assert control(client, "faults", {"faults": [fault]}).status_code == 200
    assert client.get("/pages?page=0").status_code == 200
    refused = client.get("/pages?page=1&size=5")
    assert (refused.status_code, refused.headers["Retry-After"], refused.content) == (429, "1", b"")
    assert client.get("/pages?page=1").status_code == 429
    assert client.get("/pages?page=1").status_code == 200


def test_faults_are_used_up_in_order_and_times_zero_lasts_until_reset(server: Counting, client: httpx.Client) -> None:
    server.fault("status", status=500, path="/a*")
    server.fault("status", status=503, path="/a*", times=0)
    assert [client.get("/ab").status_code for _ in range(4)] == [500, 503, 503, 503]
    server.reset()
    assert client.get("/ab").status_code == 200


def test_html_comes_as_html(server: Counting, client: httpx.Client) -> None:
    server.fault("html", status=200)
    server.fault("html")
    maintenance, gateway = client.get("/a"), client.get("/a")
    assert (maintenance.status_code, gateway.status_code) == (200, 502)
    assert maintenance.headers["Content-Type"].startswith("text/html")


def ended(before: int) -> bool:
    """Whether no thread is left over; the last one of a connection ends a moment after it has signed off."""
    until = time.monotonic() + 10
    while threading.active_count() > before and time.monotonic() < until:
        pass
    return threading.active_count() <= before


@pytest.mark.parametrize("kind", ["hang_before_read", "hang_after_read", "hang_after_effect"])
def test_a_hang_times_the_client_out_and_ends_with_the_server(kind: str) -> None:
    before = threading.active_count()
    with running(Counting()) as server:
        server.fault(kind)
        with pytest.raises(httpx.ReadTimeout):
            httpx.post(server.url + "/b", content=b"x", timeout=HURRY, trust_env=False, verify=False)
        assert len(server.effects) == (kind == "hang_after_effect")
        [entry] = server.journal()
        assert (entry.fault, entry.effect) == (kind, kind == "hang_after_effect")
        assert (entry.body is None) == (kind == "hang_before_read")
    assert ended(before)


def test_a_server_that_does_not_read_stops_a_large_body(server: Counting) -> None:
    server.fault("hang_before_read")
    with pytest.raises(httpx.WriteTimeout):
        httpx.post(server.url + "/b", content=b"x" * 20_000_000, timeout=HURRY, trust_env=False, verify=False)


@pytest.mark.parametrize("rst", [False, True])
@pytest.mark.parametrize("kind", ["drop_before_read", "drop_after_read", "drop_after_effect"])
def test_a_drop_ends_the_connection_without_an_answer(
    server: Counting, client: httpx.Client, kind: str, rst: bool
) -> None:
    server.fault(kind, rst=rst)
    # What a reset looks like depends on what was still unread; an orderly end after reading does not.
    expected = httpx.TransportError if rst or kind == "drop_before_read" else httpx.RemoteProtocolError
    with pytest.raises(expected):
        client.post("/b", content=b"x")
    assert len(server.effects) == (kind == "drop_after_effect")
    assert client.post("/b", content=b"x").status_code == 201


def test_a_reset_is_a_reset(server: Counting, client: httpx.Client) -> None:
    server.fault("drop_after_read", rst=True)
    with pytest.raises(httpx.ReadError):
        client.get("/a")


def test_an_error_can_follow_the_effect(server: Counting, client: httpx.Client) -> None:
    server.fault("status_after_effect", status=500, body='{"errors":[]}')
    assert client.post("/b", content=b"x").status_code == 500
    assert server.effects == [b"x"]
    [entry] = server.journal()
    assert (entry.effect, entry.status) == (True, 500)


def test_slow_answers_late_and_a_drip_passes_a_timeout_per_read(server: Counting) -> None:
    server.fault("slow", seconds=2)
    with pytest.raises(httpx.ReadTimeout):
        httpx.get(server.url + "/a", timeout=HURRY, trust_env=False, verify=False)
    server.fault("slow", seconds=2, drip=True)
    started = time.monotonic()
    assert httpx.get(server.url + "/a", timeout=1, trust_env=False, verify=False).status_code == 200
    assert time.monotonic() - started > 1


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_cut_bad_and_empty_answers(server: Counting, client: httpx.Client, method: str) -> None:
    server.fault("cut")
    with pytest.raises(httpx.RemoteProtocolError):
        client.request(method, "/a")
    server.fault("bad_json")
    with pytest.raises(ValueError, match="Expecting"):
        client.request(method, "/a").json()
    server.fault("empty")
    empty = client.request(method, "/a")
    assert (empty.is_success, empty.content) == (True, b"")


def test_a_redirect_points_to_a_port_that_sees_no_credentials(server: Counting, client: httpx.Client) -> None:
    with running(Counting()) as other:
        server.fault("redirect", location=f"{other.url}/elsewhere")
        answer = client.get("/a", headers={"X-AppSecretToken": "hush"})
        assert (answer.status_code, answer.headers["Location"]) == (307, f"{other.url}/elsewhere")
        assert other.journal() == []


def test_revoked_credentials_stay_revoked_until_reset(server: Counting, client: httpx.Client) -> None:
    server.fault("revoke", query={"page": "1"})
    assert [client.get(f"/a?page={page}").status_code for page in (0, 1, 0)] == [200, 401, 401]
    server.reset()
    assert client.get("/a").status_code == 200


def test_refuse_closes_the_port_and_opens_the_same_one_again(server: Counting, client: httpx.Client) -> None:
    client.get("/a")
    server.fault("refuse", seconds=0)
    with pytest.raises(httpx.ConnectError):
        httpx.get(server.url + "/a", trust_env=False, verify=False)
    with pytest.raises(httpx.TransportError):
        client.get("/a")
    server.reset()
    assert client.get("/a").status_code == 200


def test_refuse_set_from_outside_ends_after_its_seconds(server: Counting, client: httpx.Client) -> None:
    port = server.port
    assert control(client, "faults", {"faults": [{"kind": "refuse", "seconds": 0.05}]}).status_code == 200
    retrying = httpx.HTTPTransport(retries=8)
    with httpx.Client(transport=retrying, timeout=PATIENCE) as patient:
        assert patient.get(f"http://127.0.0.1:{port}/a").status_code == 200


def test_something_can_happen_while_a_request_is_under_way(server: Counting, client: httpx.Client) -> None:
    happened: list[str] = []
    server.fault("meanwhile", path="/a", action=lambda: happened.append("now"))
    assert client.get("/a").status_code == 200
    assert happened == ["now"]


def test_a_test_can_wait_for_what_arrives(server: Counting) -> None:
    caller = threading.Thread(target=lambda: httpx.post(server.url + "/b", trust_env=False, verify=False))
    caller.start()
    assert server.wait(lambda entries: any(entry.effect for entry in entries))
    caller.join()
    assert not server.wait(lambda entries: len(entries) > 1, seconds=0.01)


@pytest.mark.parametrize(
    ("path", "body", "says"),
    [
        ("faults", {"faults": [{"kind": "explode"}]}, "unknown fault kind"),
        ("faults", {"faults": [{"kind": "status", "colour": "red"}]}, "colour"),
        ("faults", {"faults": [{"kind": "redirect"}]}, "location"),
        ("faults", {"faults": [{"kind": "meanwhile"}]}, "same process"),
        ("state", {"yesterday": "2026-11-21"}, "known are today"),
        ("state", {"today": "soon"}, "valid date"),
    ],
)
def test_a_wrong_control_request_is_refused_and_says_why(client: httpx.Client, path: str, body: Any, says: str) -> None:
    refused = control(client, path, body)
    assert refused.status_code == 400
    assert says in refused.json()["error"]


def test_an_unknown_control_path_is_not_found(client: httpx.Client) -> None:
    assert client.get("/__standin/nothing").status_code == 404


def test_the_day_is_set_from_outside(server: Counting, client: httpx.Client) -> None:
    control(client, "state", {"today": "2026-08-03"})
    assert client.get("/__standin/state").json() == {"today": "2026-08-03"}
    assert server.now().date().isoformat() in ("2026-08-02", "2026-08-03")


def test_stopping_breaks_open_connections_and_leaves_no_thread() -> None:
    before = threading.active_count()
    server = Counting()
    server.start()
    with socket.create_connection(("127.0.0.1", server.port), timeout=5) as raw:
        raw.sendall(b"GET /a HTTP/1.1\r\nHost: x\r\n\r\n")
        assert raw.recv(4096)
        server.stop()
        assert raw.recv(4096) == b""
    assert ended(before)
