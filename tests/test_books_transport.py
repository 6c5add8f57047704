"""The way to the books: only GET, only the configured hosts, only so long."""

from __future__ import annotations

import time
from collections.abc import Iterator

import httpx
import pytest

from activities.books.deadline import DeadlineTransport
from activities.books.transport import BooksAreReadOnly, ForeignHost, ReadOnlyTransport, is_loopback
from standins.economic import Book, EconomicStandin
from standins.server import running


@pytest.fixture
def standin() -> Iterator[EconomicStandin]:
    with running(EconomicStandin(Book())) as economic:
        yield economic


def client_of(*base_urls: str) -> httpx.Client:
    return httpx.Client(transport=ReadOnlyTransport(DeadlineTransport(time.monotonic), base_urls), trust_env=False)


@pytest.mark.parametrize("verb", ["POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "MATCH", "get"])
def test_every_verb_but_get_is_refused_before_a_byte_leaves(standin: EconomicStandin, verb: str) -> None:
    with client_of(standin.url) as client:
        # httpx writes verbs in capitals; a hand-made request need not.
        request = client.build_request("GET", f"{standin.url}/invoices/booked")
        request.method = verb
        with pytest.raises(BooksAreReadOnly, match="only ever read"):
            client.send(request)
    assert standin.journal() == []


def test_a_get_reaches_the_configured_host(standin: EconomicStandin) -> None:
    with client_of(standin.url) as client:
        assert client.get(f"{standin.url}/self").status_code == 401
    assert [entry.path for entry in standin.journal()] == ["/self"]


def test_another_port_host_or_scheme_is_refused_before_a_byte_leaves(standin: EconomicStandin) -> None:
    with client_of("http://127.0.0.1:1", "https://restapi.e-conomic.example") as client:
        for foreign in (standin.url, "http://restapi.e-conomic.example", "https://apis.e-conomic.example", "ftp://x/"):
            with pytest.raises(ForeignHost, match="not where the books are"):
                client.get(foreign)
    assert standin.journal() == []


@pytest.mark.parametrize("base", ["http://restapi.e-conomic.example", "http://10.0.0.1", "http://127.0.0.1.example"])
def test_plain_http_is_for_this_machine_only(base: str) -> None:
    with pytest.raises(ValueError, match="over https only"):
        ReadOnlyTransport(httpx.HTTPTransport(), [base])


def test_this_machine_is_known_by_its_name_and_numbers() -> None:
    assert [is_loopback(host) for host in ("localhost", "127.0.0.1", "127.8.8.8", "::1", "[::1]")] == [True] * 5
    assert [is_loopback(host) for host in ("example.com", "127.0.0.1.example", "0.0.0.0", "")] == [False] * 4


def test_an_answer_that_drips_ends_at_the_deadline_headers_included(standin: EconomicStandin) -> None:
    standin.fault("slow", drip=True, seconds=30)
    started = time.monotonic()
    with client_of(standin.url) as client, pytest.raises(httpx.ReadTimeout):
        client.get(f"{standin.url}/self", timeout=5, extensions={"deadline": 1.0})
    assert time.monotonic() - started < 15


def test_silence_ends_at_the_deadline_when_that_comes_before_the_timeout(standin: EconomicStandin) -> None:
    standin.fault("hang_after_read")
    started = time.monotonic()
    with client_of(standin.url) as client, pytest.raises(httpx.ReadTimeout):
        client.get(f"{standin.url}/self", timeout=10, extensions={"deadline": 1.0})
    assert time.monotonic() - started < 5


def test_a_quick_answer_is_untouched_by_the_deadline_and_the_connection_is_kept(standin: EconomicStandin) -> None:
    with client_of(standin.url) as client:
        for _ in range(3):
            assert client.get(f"{standin.url}/self", extensions={"deadline": 5}).json()["httpStatusCode"] == 401
    assert len(standin.journal()) == 3


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        ("hang_after_read", httpx.ReadTimeout),
        ("drop_after_read", httpx.RemoteProtocolError),
        ("cut", httpx.RemoteProtocolError),
    ],
)
def test_failures_carry_the_names_that_httpx_gives_them(
    standin: EconomicStandin, kind: str, error: type[httpx.TransportError]
) -> None:
    standin.fault(kind)
    with client_of(standin.url) as client, pytest.raises(error):
        client.get(f"{standin.url}/self", timeout=1 if kind == "hang_after_read" else 5)


def test_a_closed_port_is_a_connect_error() -> None:
    with client_of("http://127.0.0.1:9") as client, pytest.raises(httpx.ConnectError):
        client.get("http://127.0.0.1:9/self")
