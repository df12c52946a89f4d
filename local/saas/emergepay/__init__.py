"""The EmergePay stand-in: it takes test cards, and keeps a ledger on disk of everything that it really did.

It does what it is told: it never takes two calls for one, and a second charge is a second charge.
"""
