"""Object removal without weights."""
