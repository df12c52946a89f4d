"""Queries of the support commands and timers."""
