"""Payments after a database was restored from a copy."""
