"""Jobs: their life, their order, and who works on them. Begin with ``jobs``, the face of it all.

- The way in: ``admission`` makes a ``job`` of a submission, ``attendance`` knows who watches it,
  ``events`` and ``moments`` are what it tells them.
- Sharing, plain data without a clock: ``scheduler`` keeps the books, ``queue``, ``fair`` and
  ``foresight`` say in what order, ``offers``, ``placement`` and ``residency`` at which host.
- Work: ``dispatcher`` brings jobs to ``hosts``, ``runs`` hears what becomes of them, ``eta`` and
  ``telling`` let those who wait know.
- What is kept: ``archive`` has ``journal`` (rows), ``spool`` (pixels) and what is in memory;
  ``recovery`` takes up what an earlier daemon has left, ``clearing`` lets go.
- For people who look at it: ``snapshot``, ``load`` and ``crew``.
"""
