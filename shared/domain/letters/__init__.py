"""Mails: what stands in each, in three languages, as HTML and as plain text (rules 24.2)."""
