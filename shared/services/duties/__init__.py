"""What a change leaves to be done later, and who sees to it."""
