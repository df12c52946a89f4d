"""What every stand-in for an outside service has in common: its socket, its faults, its record, its guard."""
