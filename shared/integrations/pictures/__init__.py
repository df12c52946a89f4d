"""Making pictures anew, in a process that may do nothing else."""
