"""Restaurants and their locations, as their own people read and change them."""
