"""Telemetry: traces, measures and events, for all layers. It imports nothing of OpenTelemetry (rules 24.5).

Where no setting asks for telemetry there is no sink, and each call here costs one look at a variable. Like logging it
is of the process, not of an App: libraries that know no App (the database's driver) tell it what they do.
"""
