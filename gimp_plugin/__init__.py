"""Sfumato for GIMP 3: Filters > Sfumato.

``main`` registers the procedures, ``run`` is the way of an edit, ``image`` is all that touches the
picture. Pixels, masks and windows are the client's business (``sfumato_client``).
"""
