"""How every process reaches Temporal: by the SDK's own environment configuration, with one data converter."""

from __future__ import annotations

import os

from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.envconfig import ClientConfig

LOCAL = "127.0.0.1:7233"


async def connect(*, lazy: bool = False) -> Client:
    """Connect as TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE, TEMPORAL_API_KEY and the TLS variables say; else locally.

    A lazy client connects with its first call: an API may start before Temporal does. A worker cannot use one.
    """
    # An empty variable means that nothing is set; an empty API key would otherwise switch TLS on.
    given = {name: value for name, value in os.environ.items() if value or not name.startswith("TEMPORAL_")}
    config = ClientConfig.load_client_connect_config(override_env_vars=given)
    config.setdefault("target_host", LOCAL)
    return await Client.connect(**config, data_converter=pydantic_data_converter, lazy=lazy)
