"""The connection to Temporal is what the environment says, in the words of Temporal's own SDK."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.service import TLSConfig

from models.connection import connect

pytestmark = pytest.mark.anyio


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> dict[str, Any]:
    """What the client would be connected with; nothing is connected, and nothing of this machine is read."""
    for name in ("ADDRESS", "NAMESPACE", "API_KEY", "PROFILE", "TLS", "TLS_SERVER_NAME", "TLS_SERVER_CA_CERT_PATH"):
        monkeypatch.delenv(f"TEMPORAL_{name}", raising=False)
    monkeypatch.setenv("TEMPORAL_CONFIG_FILE", str(tmp_path / "none.toml"))
    arguments: dict[str, Any] = {}

    async def remember(target_host: str, **others: Any) -> None:
        arguments.update(others, target_host=target_host)

    monkeypatch.setattr(Client, "connect", remember)
    return arguments


async def test_without_any_word_it_is_the_server_of_this_machine(asked: dict[str, Any]) -> None:
    await connect()
    assert asked["target_host"] == "127.0.0.1:7233"
    assert not asked.keys() & {"namespace", "api_key", "tls"}
    assert asked["data_converter"] is pydantic_data_converter


async def test_address_and_namespace_come_from_the_environment(
    asked: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEMPORAL_ADDRESS", "temporal:7233")
    monkeypatch.setenv("TEMPORAL_NAMESPACE", "reminders")
    await connect()
    assert (asked["target_host"], asked["namespace"]) == ("temporal:7233", "reminders")
    assert "tls" not in asked


async def test_an_api_key_switches_tls_on(asked: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEMPORAL_ADDRESS", "eu-west-1.aws.api.temporal.io:7233")
    monkeypatch.setenv("TEMPORAL_API_KEY", "a-key")
    await connect()
    assert (asked["api_key"], asked["tls"]) == ("a-key", True)


async def test_certificates_come_from_the_environment(
    asked: dict[str, Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("CLIENT_CERT", "CLIENT_KEY", "SERVER_CA_CERT"):
        (tmp_path / name).write_text(name.lower())
        monkeypatch.setenv(f"TEMPORAL_TLS_{name}_PATH", str(tmp_path / name))
    monkeypatch.setenv("TEMPORAL_TLS_SERVER_NAME", "temporal.example")
    await connect()
    assert asked["tls"] == TLSConfig(
        client_cert=b"client_cert",
        client_private_key=b"client_key",
        server_root_ca_cert=b"server_ca_cert",
        domain="temporal.example",
    )


async def test_an_api_may_start_before_temporal_does(asked: dict[str, Any]) -> None:
    await connect()
    assert asked["lazy"] is False
    await connect(lazy=True)
    assert asked["lazy"] is True
