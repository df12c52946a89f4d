"""What the diner's app calls: anyone may."""
