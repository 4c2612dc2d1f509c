"""How fast pixels travel."""
