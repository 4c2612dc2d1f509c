"""The page: the queue and the history in a browser of this computer, for whoever holds a token.

``app`` has the routes, behind ``guard`` and ``sessions``. ``calls`` and ``live`` ask the gRPC
service's own methods, ``renderer`` draws pictures in a process of its own, and ``static`` is what
the browser gets.
"""
