"""SendGrid's Mail Send v3 as its clients see it."""

from standins.sendgrid.server import SendGridStandin

__all__ = ["SendGridStandin"]
