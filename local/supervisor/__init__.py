"""The supervisor: starts the stack's parts as processes of their own, watches them, and ends them.

`command` is the command line; `options`, `datadir` and `plan` decide; `process` runs one part; `stack` runs them all.
"""
