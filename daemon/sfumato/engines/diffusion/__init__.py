"""The diffusion engine: one denoising loop for every family and every artist.

``engine`` takes up work and reports; ``denoise`` advances a batch of requests by one step;
``batcher`` says which requests that batch holds. A model family is an adapter: ``sd``, ``sdxl``,
``sd3``, ``flux``, ``kontext``,
``flux2``, ``z_image``.
"""
