"""Settings of this installation, from the environment. Temporal's own come from its SDK's environment configuration."""

from __future__ import annotations

from pathlib import Path

from pydantic import SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

ROOT = Path(__file__).parent.parent
TEMPLATES = ROOT / "templates"

ECONOMIC_REST = "https://restapi.e-conomic.com"
ECONOMIC_OPENAPI = "https://apis.e-conomic.com"
SENDGRID = "https://api.sendgrid.com"


class Settings(BaseSettings):
    """What differs between installations. Every default is safe on one machine."""

    model_config = SettingsConfigDict(env_prefix="", env_file=None, extra="ignore")

    rykker_data: Path = Path("data")
    """Folder of the embedded databases and of the creditors' own wording."""
    database_url: str = ""
    """Empty: an SQLite file in the data folder."""
    public_url: str = "http://127.0.0.1:8000"
    """Where people reach the API; it stands in heads-ups, and in front of every link to a customer's page."""
    rykker_link_secret: SecretStr = SecretStr("")
    """Signs the links to the customers' pages; at least 32 characters, the same for the worker and the API.

    Empty: made once and kept in the data folder, which is enough while worker and API share that folder. An
    installation of several machines must set it. Another secret makes every link that was sent invalid.
    """
    rykker_inbound_domain: str = ""
    """Domain whose mail comes to us by SendGrid's Inbound Parse; replies are asked for at addresses of it.

    Empty: replies go to the creditor itself, and Rykker does not hear of them.
    """
    rykker_inbound_secret: SecretStr = SecretStr("")
    """Ends the address that Inbound Parse posts to, which carries no signature; empty: nothing is taken in there."""
    rykker_schedules: bool = True
    """The worker sees to it that books are read and companies watched on schedule; off where time is moved by hand."""
    heads_up_gather_seconds: float = 20.0
    """How long a heads-up waits for others that come due at the same moment."""

    economic_app_secret_token: SecretStr = SecretStr("")
    economic_rest_url: str = ECONOMIC_REST
    economic_openapi_url: str = ECONOMIC_OPENAPI
    sendgrid_api_key: SecretStr = SecretStr("")
    sendgrid_host: str = SENDGRID
    sendgrid_event_key: str = ""
    """Public key with which SendGrid signs what it reports of deliveries, base64; empty: nothing is taken in there."""
    twilio_account_sid: str = ""
    twilio_auth_token: SecretStr = SecretStr("")
    twilio_base_url: str = ""
    """Empty: Twilio itself."""
    twilio_sender: str = ""
    virk_url: str = ""
    """Address of Virk, the Danish company register; empty: Virk itself, as with the other two registers."""
    virk_user: str = ""
    """Empty: Virk is not asked."""
    virk_password: SecretStr = SecretStr("")
    cvrapi_url: str = ""
    cvrapi_agent: str = ""
    """Who asks cvrapi about those of whom Virk said nothing, `Company - Project - Contact`; empty: it is not asked."""
    brreg_url: str = ""

    @property
    def database(self) -> str:
        return self.database_url or f"sqlite:///{self.rykker_data / 'rykker.db'}"

    @property
    def own_wording(self) -> Path:
        """Folder in which each creditor may keep its own wording, under its id."""
        return self.rykker_data / "wording"
