"""Picture files in and out, with their depth, profile, orientation and metadata."""
