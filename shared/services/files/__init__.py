"""Pictures of menus and logos: made anew, kept, and removed once nothing names them (rules 24.4)."""
