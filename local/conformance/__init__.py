"""One suite of checks that goes against a stand-in and, with credentials, against the service itself.

No check costs anything, reaches anybody, or changes what somebody else may use.
"""
