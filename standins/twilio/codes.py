"""Error codes with their status, and the numbers that provoke them."""

from __future__ import annotations

import re

from standins.exchange import Answer, json_answer

CODES: dict[int, tuple[int, str]] = {
    20003: (401, "Authenticate"),
    20404: (404, "The requested resource was not found"),
    20429: (429, "Too Many Requests"),
    20500: (500, "Internal Server Error"),
    21211: (400, "Invalid 'To' Phone Number"),
    21408: (400, "Permission to send an SMS has not been enabled for the region"),
    21602: (400, "Message body is required"),
    21603: (400, "A 'From' phone number or a messaging service is required"),
    21604: (400, "A 'To' phone number is required"),
    21606: (400, "The 'From' phone number is not a valid, SMS-capable number for your account"),
    21608: (400, "The number is unverified; trial accounts cannot send messages to it"),
    21609: (400, "The 'StatusCallback' URL is not a valid URL"),
    21610: (400, "Attempt to send to unsubscribed recipient"),
    21612: (400, "The 'To' phone number is not currently reachable using the 'From' phone number"),
    21614: (400, "'To' number is not a valid mobile number"),
    21617: (400, "The concatenated message body exceeds the 1600 character limit"),
}
NOT_DELIVERED: dict[int, str] = {
    30003: "Unreachable destination handset",
    30004: "Message blocked",
    30005: "Unknown destination handset",
    30006: "Landline or unreachable carrier",
    30007: "Message filtered",
    30008: "Unknown error",
}
"""What a text that was accepted may meet later."""
MAGIC = re.compile(r"\+45201(\d{5})")


def error(code: int, detail: str = "") -> Answer:
    status, message = CODES[code]
    more_info = f"https://www.twilio.com/docs/errors/{code}"
    shape = {"code": code, "message": message + detail, "more_info": more_info, "status": status}
    return json_answer(status, shape)


def magic_code(number: str) -> int | None:
    """The code that `+45 201 xxxxx` asks for: +45 201 21614 is answered with 21614."""
    found = MAGIC.fullmatch(number)
    code = int(found[1]) if found else 0
    return code if code in CODES else None
