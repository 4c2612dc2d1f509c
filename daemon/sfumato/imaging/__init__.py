"""Pure functions on numpy arrays: mask, composition, colour, metrics."""
