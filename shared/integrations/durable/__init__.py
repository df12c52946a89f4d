"""The workflow engine: Durable Functions."""
