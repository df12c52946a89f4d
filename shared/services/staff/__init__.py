"""The people and the screens of a restaurant: who they are, and what they may do."""
