"""Selections of what the artist points at or names: engines that answer ``Work.target``.

``answering`` is what they have in common and ``answer`` the selection that comes of it. ``engine``
needs no weights (``grabcut``, ``wand``, ``faces``); ``networks`` asks models (``sam``, ``owl``,
``subject`` with ``birefnet``), which ``rack`` keeps loaded.
"""
