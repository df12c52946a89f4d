"""What one process remembers. All of it hangs on the App's `memory`, so that a test's App has its own.

`slots`: where each service keeps its part. `kept`: values that are read once for all who ask, and are fresh for some
seconds. `recent`: the entries used last. `turns`: one after the other, with a bound. `gathering`: work that is done
together. `pool`: many pieces of work, some at a time.
"""
