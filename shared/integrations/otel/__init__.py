"""OpenTelemetry: the sink that sends telemetry to Azure Monitor, or by OTLP to any collector. Imported only where a
setting asks for it."""
