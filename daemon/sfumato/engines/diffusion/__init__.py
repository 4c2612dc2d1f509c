"""The diffusion engine: one denoising loop for every family and every artist.

- The loop: ``engine`` takes up work and reports, ``denoise`` advances a batch of requests by one
  step, ``batcher`` says which requests that batch holds.
- A picture's way: ``plan`` (parameters), ``frame``, ``content`` and ``masks`` (pixels), ``prepare``
  (latents), ``painting`` and ``request`` (on its way), ``decoder`` and ``finisher`` (pixels again).
- Models: ``supply`` has ``loader`` load a ``studio`` and ``shelf`` keep it; ``placement`` is where
  its parts lie. A family is an ``adapter``: ``sd``, ``sdxl``, ``sd3``, ``flux``, ``kontext``,
  ``flux2``, ``z_image``, ``qwen``. ``additions`` are ``loras``, ``controls`` and ``references``.
- Beside the steps, in threads: ``drafts``, ``fills``, ``aside``, ``previews``.
"""
