"""Who did what: the trail of each restaurant."""
