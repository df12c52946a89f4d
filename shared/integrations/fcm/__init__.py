"""Pushes to phones through Firebase Cloud Messaging."""
