"""How much may be asked for without signing in, by client address and by location, and who tries out stolen cards."""
