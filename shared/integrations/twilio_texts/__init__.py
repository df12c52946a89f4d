"""Twilio: texts through its SDK, and the signatures of what it tells us."""
