"""Whether all invariants hold."""
