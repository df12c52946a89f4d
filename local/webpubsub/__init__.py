"""A stand-in for Azure Web PubSub: its data-plane REST API and its websocket subprotocols, in one process.

Connections live in memory and die with the process, which to a client looks like an outage of the service.
"""
