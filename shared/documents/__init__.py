"""What MongoDB holds, read leniently: every document the original server ever wrote must load (contract 2.0)."""
