"""The web layer: one endpoint decorator, one route table, one error shape; sign-in, the front door, OpenAPI."""
