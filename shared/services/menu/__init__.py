"""What there is to order: reading menus, what is left in stock."""
