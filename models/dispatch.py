"""A message as it is handed to a provider: checked before the call, so that nothing malformed leaves."""

from __future__ import annotations

import unicodedata
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field


def _one_line(text: str) -> str:
    """Refuse what could end a header line and begin another."""
    if any(unicodedata.category(char) in ("Cc", "Zl", "Zp", "Cs") for char in text):
        raise ValueError("must be one line without control characters")
    return text


OneLine = Annotated[str, AfterValidator(_one_line)]
MessageId = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.:-]{1,100}$")]
"""Ours; it comes back in every event of the provider, so it carries no personal data."""


# Pydantic prints the offending input in its errors; these models hold addresses and words, so they keep them out.
_FROZEN = ConfigDict(frozen=True, hide_input_in_errors=True)


class MailAddress(BaseModel):
    """An e-mail address with the name shown beside it."""

    model_config = _FROZEN

    address: Annotated[OneLine, Field(pattern=r"^[^@\s,;<>]+@[^@\s,;<>]+$")]
    name: OneLine = ""


class Attachment(BaseModel):
    """A file that goes with a mail."""

    model_config = _FROZEN

    filename: OneLine
    content: bytes = Field(repr=False)
    media_type: OneLine = "application/pdf"


class MailMessage(BaseModel):
    """One e-mail to one customer, who may have several addresses."""

    model_config = _FROZEN

    message_id: MessageId
    to: tuple[MailAddress, ...] = Field(min_length=1)
    sender: MailAddress
    reply_to: MailAddress | None = None
    subject: Annotated[OneLine, Field(min_length=1)]
    text: Annotated[str, Field(min_length=1)]
    html: str = ""
    attachments: tuple[Attachment, ...] = ()


class TextMessage(BaseModel):
    """One SMS to one number."""

    model_config = _FROZEN

    message_id: MessageId
    to: str = Field(pattern=r"^\+[1-9][0-9]{6,14}$")
    """E.164."""
    body: Annotated[str, Field(min_length=1, max_length=1600)]
    """The provider refuses more than 1600 characters."""
