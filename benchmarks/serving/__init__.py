"""Serving many artists: Sfumato against stock diffusers, under one trace of edits."""
