"""The fault matrix: paying orders, a process killed exactly at a step's boundary, a gateway that misbehaves."""
