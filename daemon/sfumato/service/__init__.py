"""The gRPC edge: wire to domain and back. No policy here. Begin with ``servicer``.

- Every call passes the ``gate`` (``auth``, ``attempts``, ``strict``); ``status`` words its errors.
- An edit comes in by ``intake``: its ``header`` is checked (``announcement``, ``parameters``,
  ``recipe``, ``presets``, ``outpainting``), ``receive`` takes its pixels. ``question`` is the
  header of a segmentation.
- ``events``, ``answers`` and ``deliver`` tell what becomes of it; ``records`` and ``stored`` are
  the history, ``capabilities`` and ``catalogue`` what there is to ask for.
- ``server`` and ``state`` are the daemon's end of the line, ``vocabulary`` the enums of both sides,
  ``wire`` the generated stubs.
"""
