"""The stand-ins for vendors' HTTP APIs, all in one process and on one port, each below a path of its own.

`registry` lists the vendors, `vendor` says what one has to bring, `command` serves them. Each vendor has a folder:
`vendor` (its entry of the registry), `wire` (its JSON), `service` (what its calls do), `books` (what it keeps),
`masks` (what of it may be seen), and `switches` (what tests and browsers reach beside its API).
"""
