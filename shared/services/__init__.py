"""The use cases: a service reads the store, applies the domain, writes, and tells others. Its first argument is App."""
