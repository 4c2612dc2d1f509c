"""The gRPC edge: wire to domain and back. No policy here."""
