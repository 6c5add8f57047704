"""Loopback servers that speak e-conomic, the company registers, SendGrid and Twilio, with fault switches.

They import nothing of the engine, so that a mistake in our client cannot hide behind the same mistake here.
"""
