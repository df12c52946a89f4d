"""Stand-ins for outside services. The payment gateway is the first; each service has a path of its own on one port.

`command` is the command line, `server` the socket that can also be cut; `faults`, `received` and `journal` are the same
for every service, which has a folder with its own rules.
"""
