"""Azurite, the official stand-in of Azure Storage, from npm: pinned by a lock file, installed at first use."""
