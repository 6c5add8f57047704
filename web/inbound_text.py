"""Reads what Twilio posts when a text comes in, once its signature proves that it is Twilio who posts."""

from __future__ import annotations

from urllib.parse import parse_qsl

from starlette.datastructures import Headers, ImmutableMultiDict
from twilio.request_validator import (
    SIGNATURE_HEADER,
    SIGNATURE_SETTINGS_HEADER,
    RequestValidator,
    get_signature_algorithm,
)

from models.incoming import Incoming, Topic
from models.settings import Settings
from web.cleaning import cleaned, one_clean_line
from web.problems import Problem

MOST_FIELDS = 200
STOP = frozenset({"STOP", "STOPALL", "STOP ALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "AFMELD", "STOPP"})
START = frozenset({"START", "UNSTOP", "YES"})
NOT_SIGNED = "The signature is not Twilio's for this address; nothing was kept. See PUBLIC_URL and TWILIO_AUTH_TOKEN."


def read_text(settings: Settings, path: str, query: str, headers: Headers, body: bytes) -> Incoming:
    """The text in a signed request; Problem when it is not signed, or none."""
    form = signed_form(settings, path, query, headers, body)
    sid, sender = form.get("MessageSid", "") or form.get("SmsSid", ""), form.get("From", "")
    if not sid or not sender:
        raise Problem(400, "A text needs MessageSid and From; nothing was kept.")
    topic, doubtful = _topic(form)
    return Incoming(
        channel="sms",
        topic=topic,
        source=sid,
        sender=one_clean_line(sender, 40),
        senders=(sender.strip(),),
        to=tuple(to for to in (form.get("To", "").strip(),) if to),
        text=_text(form),
        doubtful=doubtful,
    )


def signed_form(
    settings: Settings, path: str, query: str, headers: Headers, body: bytes
) -> ImmutableMultiDict[str, str]:
    """The fields of a form that Twilio signed for this address; Problem when it did not."""
    form = _form(body)
    token = settings.twilio_auth_token.get_secret_value()
    url = settings.public_url.rstrip("/") + path + (f"?{query}" if query else "")
    algorithm = get_signature_algorithm(headers.get(SIGNATURE_SETTINGS_HEADER, ""))
    signature = headers.get(SIGNATURE_HEADER, "")
    if not (token and signature) or not RequestValidator(token).validate(url, form, signature, algorithm):
        raise Problem(403, NOT_SIGNED)
    return form


def _form(body: bytes) -> ImmutableMultiDict[str, str]:
    try:
        pairs = parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=MOST_FIELDS)
    except ValueError as error:
        raise Problem(400, f"The form cannot be read, or has more than {MOST_FIELDS} fields.") from error
    return ImmutableMultiDict(pairs)


def _topic(form: ImmutableMultiDict[str, str]) -> tuple[Topic, bool]:
    """What Twilio itself took it for goes before the word; only a word alone is meant as a command."""
    told = form.get("OptOutType", "").strip().upper()
    if told in ("STOP", "START"):
        return ("stop" if told == "STOP" else "start"), False
    word = " ".join(form.get("Body", "").upper().split()).strip(" .!")
    if word in STOP:
        return "stop", False
    return ("start", word == "YES") if word in START else ("reply", False)


def _text(form: ImmutableMultiDict[str, str]) -> str:
    count = form.get("NumMedia", "")
    media = int(count) if count.isascii() and count.isdecimal() and len(count) < 4 else 0
    return "\n".join(
        [cleaned(form.get("Body", "")), *([f"[Left out: {media} pictures or files]"] if media else [])]
    ).strip()
