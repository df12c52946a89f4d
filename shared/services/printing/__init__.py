"""Printers that ask us for their tickets (rules 20)."""
