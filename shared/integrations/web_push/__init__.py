"""Pushes to browsers, by the protocol of the browsers themselves."""
