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
    """Where people reach the API; it stands in heads-ups."""
    heads_up_gather_seconds: float = 20.0
    """How long a heads-up waits for others that come due at the same moment."""

    economic_app_secret_token: SecretStr = SecretStr("")
    economic_rest_url: str = ECONOMIC_REST
    economic_openapi_url: str = ECONOMIC_OPENAPI
    sendgrid_api_key: SecretStr = SecretStr("")
    sendgrid_host: str = SENDGRID
    twilio_account_sid: str = ""
    twilio_auth_token: SecretStr = SecretStr("")
    twilio_base_url: str = ""
    """Empty: Twilio itself."""
    twilio_sender: str = ""

    @property
    def database(self) -> str:
        return self.database_url or f"sqlite:///{self.rykker_data / 'rykker.db'}"

    @property
    def own_wording(self) -> Path:
        """Folder in which each creditor may keep its own wording, under its id."""
        return self.rykker_data / "wording"
