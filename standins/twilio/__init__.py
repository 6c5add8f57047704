"""Twilio's Messages resource as its clients see it."""

from standins.twilio.server import TwilioStandin

__all__ = ["TwilioStandin"]
