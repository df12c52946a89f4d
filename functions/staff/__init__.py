"""What the restaurant's people and screens call: staff may."""
