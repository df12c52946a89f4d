"""What was sold and what became of the money, by business days."""
