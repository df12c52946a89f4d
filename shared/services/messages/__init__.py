"""Texts, mails and pushes: who is told of what, each once or as said, and never in the way of an order."""
