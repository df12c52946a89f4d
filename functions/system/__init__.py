"""The orchestration, timers, health, the description of the API, live screens, the front door."""
