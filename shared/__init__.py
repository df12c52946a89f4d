"""The library of OrderBuddy: documents, rules, store, services and the web layer.

A module imports only what stands below it; `make check` holds the layers together.
"""
