"""A receiver of a restaurant's webhooks."""
