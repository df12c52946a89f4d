"""A stand-in for Firebase Cloud Messaging: it takes pushes, and keeps them on the disk."""
