"""What stations see and do."""
