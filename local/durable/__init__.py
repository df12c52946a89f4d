"""The durable engine: runs the orchestrations of azure-functions-durable, unmodified, with their history on disk.

It speaks the HTTP and JSON protocol of Azure's durable extension as far as apps like OrderBuddy need it; what it
cannot do fails with a sentence that says so. State is one SQLite file, which survives the process being killed.
"""
