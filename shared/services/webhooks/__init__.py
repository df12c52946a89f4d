"""A restaurant's own systems are told what happens."""
