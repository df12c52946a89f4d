"""MongoDB, which is the truth: functions named by what the business asks, typed documents in and out.

A guarded update or a transaction moves every document; each query names the index that serves it in `indexes.py`.
"""
