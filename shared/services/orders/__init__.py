"""An order after placing: its state, waiting for news, cancelling, live feeds."""
