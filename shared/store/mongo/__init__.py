"""MongoDB itself: the client, indexes, validators."""
