"""Engines: what makes pixels, each in a process of its own."""
