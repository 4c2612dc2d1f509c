"""Object removal without weights. Begin with ``filling``.

``holes`` says what is to be filled: ``thin`` ones by the smoothest surface (``relaxation``), larger
ones by ``synthesis``, coarse to fine: patches that ``correspondence`` finds vote for a guess
(``voting``), and in the end copies are joined along ``seams``. ``meeting``, ``evening`` and
``grain`` make the fill and its surroundings one.
"""
