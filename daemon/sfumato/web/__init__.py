"""The page: the queue and the history in a browser of this computer, for whoever holds a token."""
