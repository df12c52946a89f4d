"""Money: attempts, charging, outcomes, giving back."""
