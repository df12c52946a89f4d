"""Codes on tables and posters, and the campaigns behind some of them."""
