"""Edits of a menu's content: pure functions from the stored menu to the changed one (rules 16).

Each takes the menu as it is stored and gives an `Edited`, or raises a Problem that names the field. None of them
changes what it was given, and each keeps what it does not know.
"""
