"""The console: the start page, the screens, and a JSON API about the running stack. Loopback only, never deployed."""
