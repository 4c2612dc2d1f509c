"""Who may use the daemon: tokens, certificates, and the private files they lie in."""
