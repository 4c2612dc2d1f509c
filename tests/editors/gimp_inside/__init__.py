"""The tests' hand inside GIMP: scenes that its Python interpreter runs when asked.

``driver.serve`` is the batch command GIMP is started with. It listens on a loopback port, written
to the file it is given. One line of JSON ``{"scene": "module.function", "args": {...}}`` runs a
scene of this package; the answer is one line with ``value`` or ``error``. Pixels travel in files.
"""
