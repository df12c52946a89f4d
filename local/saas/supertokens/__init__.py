"""The stand-in of the SuperTokens core: it keeps users, codes and sessions on disk, and makes the tokens of sessions.

It speaks the core's interface (CDI 5.4) as far as the passwordless and session recipes of supertokens-python use it.
"""
