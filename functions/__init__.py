"""Transport: one module per area, one function per endpoint. Nothing is decided here."""
