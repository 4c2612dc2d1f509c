"""Engines: what makes pixels, each in a process of its own.

``base`` is what an engine is, ``work`` and ``parameters`` what it is given, ``messages`` what it is
told and tells. ``host`` and ``process`` are the daemon's side of an engine host, ``worker`` its
own; ``pipe`` and ``arena`` lie between them. ``edit`` is what all engines' edits have in common,
``recipe`` runs several passes with any of them, ``devices`` is the memory of those with networks.
The engines are ``fill``, ``diffusion`` and ``segment``.
"""
