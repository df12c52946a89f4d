"""Azure Storage's blobs, or Azurite's."""
