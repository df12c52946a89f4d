"""What the stand-ins for outside services have in common.

`part` starts and ends the process. `guard` refuses callers from elsewhere. `received` keeps what came in, `faults` what
is to go wrong, and `switches` lets tests and the console use both. `journal` keeps what must outlive the process, and
`books` is what a stand-in remembers on it. `calls`, `conduct` and `server` are for stand-ins that are ASGI
applications: one call from its record to its answer, in the vendor's own words or all alike, and the socket that can
also be cut. `outward` calls the app, where a vendor would.
"""
