"""The `orderbuddy` command: what an owner or an operator does from a terminal."""
