"""What is told to screens and people."""
