"""Engine hosts on other computers, as actors of a Ray cluster (extra ``ray``).

``worker`` is their side, ``remote`` the daemon's, and ``members`` who is there. The conversation is
that of every host (``engines.messages``); only pixels travel beside it.
"""
