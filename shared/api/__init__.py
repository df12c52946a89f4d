"""What clients send and see. Requests are strict; replies hold nothing that a client has no business with."""
