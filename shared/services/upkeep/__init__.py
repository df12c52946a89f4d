"""What timers do: sweep, reconcile, and health."""
