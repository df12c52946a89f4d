"""What may happen to a call on the way to Azurite."""
