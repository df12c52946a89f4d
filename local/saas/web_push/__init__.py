"""A stand-in for the push service of a browser, and for the browser: it reads what came, and keeps it on the disk."""
