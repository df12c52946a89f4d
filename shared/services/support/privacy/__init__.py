"""What a diner may ask for: their data handed out, or erased; and how long it is kept (rules 24.6)."""
