"""A collector of telemetry: OTLP over HTTP, as protobuf and as JSON."""
