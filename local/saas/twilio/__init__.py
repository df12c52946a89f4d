"""Twilio, as far as texts need it."""
