"""Selections of what the artist points at or names: engines that answer ``Work.target``."""
