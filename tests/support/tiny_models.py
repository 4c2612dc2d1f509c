"""Tiny models with random weights in the real architectures, made offline in the real layout.

Speed and pictures mean nothing here; everything else is as in the real thing: tokenizers, text
encoders, VAE, denoiser, scheduler, ``model_index.json``, safetensors. A checkpoint is built once
and kept in a cache directory outside the repository, under a name that holds this file's digest.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import string
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import diffusers
import torch
import transformers
from diffusers.pipelines.stable_diffusion.safety_checker import StableDiffusionSafetyChecker

# Width of every text encoder, and so of the cross attention it feeds.
WIDTH = 32
# Bytes that print; the others are mapped above 255 (the byte alphabet of GPT-2 and CLIP).
PRINTING = [*range(33, 127), *range(161, 173), *range(174, 256)]


def tiny_model(name: str) -> Path:
    """The directory of a tiny model: one of ``FAMILIES``, ``CHECKED``, ``NARROW``."""
    builders = FAMILIES | CHECKED | NARROW
    digest = hashlib.sha256(Path(__file__).read_bytes()).hexdigest()[:12]
    cache = Path(tempfile.gettempdir()) / f"sfumato-tiny-models-{digest}"
    directory = cache / name
    if not directory.exists():
        cache.mkdir(exist_ok=True)
        half_built = Path(tempfile.mkdtemp(prefix=f"{name}-", dir=cache))
        torch.manual_seed(0)
        builders[name]().save_pretrained(half_built, safe_serialization=True)
        try:
            half_built.rename(directory)
        except OSError:  # another test process was faster
            shutil.rmtree(half_built)
    return directory


def byte_alphabet() -> list[str]:
    """One character for each of the 256 bytes."""
    others = [byte for byte in range(256) if byte not in PRINTING]
    return [chr(byte) for byte in PRINTING] + [chr(256 + n) for n in range(len(others))]


def clip_tokenizer() -> transformers.CLIPTokenizer:
    """CLIP's tokenizer without merges: a byte is a token."""
    letters = byte_alphabet()
    tokens = [*letters, *(letter + "</w>" for letter in letters)]
    tokens += ["<|startoftext|>", "<|endoftext|>"]
    vocabulary = {token: number for number, token in enumerate(tokens)}
    return transformers.CLIPTokenizer(vocab=vocabulary, merges=[], model_max_length=77)


def t5_tokenizer() -> transformers.T5Tokenizer:
    """T5's tokenizer over printable characters."""
    pieces = [("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0), ("▁", -2.0)]
    pieces += [(letter, -3.0) for letter in string.printable if not letter.isspace()]
    pieces += [(f"<extra_id_{number}>", 0.0) for number in range(99, -1, -1)]
    return transformers.T5Tokenizer(vocab=pieces, model_max_length=512)


def clip_text_model(projecting: bool = False, width: int = WIDTH) -> Any:
    """CLIP's text encoder, with or without the projection."""
    tokenizer = clip_tokenizer()
    config = transformers.CLIPTextConfig(
        vocab_size=len(tokenizer),
        hidden_size=width,
        intermediate_size=2 * width,
        num_attention_heads=4,
        num_hidden_layers=3,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
        projection_dim=width,
    )
    model = transformers.CLIPTextModelWithProjection if projecting else transformers.CLIPTextModel
    return model(config).eval()


def t5_model(width: int = WIDTH) -> Any:
    """T5's encoder."""
    config = transformers.T5Config(
        vocab_size=len(t5_tokenizer()),
        d_model=width,
        d_kv=8,
        d_ff=64,
        num_layers=2,
        num_heads=4,
        feed_forward_proj="gated-gelu",
        tie_word_embeddings=False,
    )
    return transformers.T5EncoderModel(config).eval()


def vae(
    latent_channels: int = 4,
    quantized: bool = True,
    kind: Callable[..., Any] = diffusers.AutoencoderKL,
    **config: Any,
) -> Any:
    """A VAE that makes 8x8 pixels one latent."""
    return kind(
        in_channels=3,
        out_channels=3,
        down_block_types=("DownEncoderBlock2D",) * 4,
        up_block_types=("UpDecoderBlock2D",) * 4,
        block_out_channels=(8, 16, 16, 16),
        layers_per_block=1,
        latent_channels=latent_channels,
        norm_num_groups=4,
        sample_size=64,
        use_quant_conv=quantized,
        use_post_quant_conv=quantized,
        **config,
    ).eval()


def safety_checker(threshold: float) -> Any:
    """A safety checker that objects to everything (threshold -2) or to nothing (2)."""
    vision = {"hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 1}
    vision |= {"num_attention_heads": 2, "image_size": 32, "patch_size": 16}
    checker = StableDiffusionSafetyChecker(
        transformers.CLIPConfig(vision_config=vision, projection_dim=16)
    )
    checker.concept_embeds_weights.data.fill_(threshold)
    checker.special_care_embeds_weights.data.fill_(2.0)
    return checker.eval()


def checked(pipeline: Any, threshold: float) -> Any:
    """The same pipeline with a safety checker."""
    size = {"height": 32, "width": 32}
    extractor = transformers.CLIPImageProcessor(size=size, crop_size=size)
    parts = pipeline.components | {"feature_extractor": extractor}
    parts["safety_checker"] = safety_checker(threshold)
    return type(pipeline)(**parts)


def sd(channels: int) -> Any:
    """Stable Diffusion 1.5: 4 channels, or 9 for its inpainting model."""
    unet = diffusers.UNet2DConditionModel(
        sample_size=8,
        in_channels=channels,
        out_channels=4,
        block_out_channels=(16, 32),
        layers_per_block=1,
        norm_num_groups=8,
        down_block_types=("CrossAttnDownBlock2D", "DownBlock2D"),
        up_block_types=("UpBlock2D", "CrossAttnUpBlock2D"),
        cross_attention_dim=WIDTH,
        attention_head_dim=4,
    ).eval()
    pipeline = (
        diffusers.StableDiffusionPipeline
        if channels == 4
        else diffusers.StableDiffusionInpaintPipeline
    )
    return pipeline(
        vae=vae(),
        text_encoder=clip_text_model(),
        tokenizer=clip_tokenizer(),
        unet=unet,
        scheduler=diffusers.DDIMScheduler(
            beta_start=0.00085,
            beta_end=0.012,
            beta_schedule="scaled_linear",
            clip_sample=False,
            set_alpha_to_one=False,
            steps_offset=1,
        ),
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    )


def sdxl(channels: int, first_width: int = WIDTH) -> Any:
    """Stable Diffusion XL: 4 channels, or 9 for its inpainting model.

    ``first_width`` is that of its first text encoder, by which single files tell the two apart.
    """
    unet = diffusers.UNet2DConditionModel(
        sample_size=8,
        in_channels=channels,
        out_channels=4,
        block_out_channels=(16, 32),
        layers_per_block=1,
        norm_num_groups=8,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
        attention_head_dim=(2, 4),
        use_linear_projection=True,
        addition_embed_type="text_time",
        addition_time_embed_dim=8,
        transformer_layers_per_block=(1, 2),
        projection_class_embeddings_input_dim=8 * 6 + WIDTH,
        cross_attention_dim=first_width + WIDTH,
    ).eval()
    pipeline = (
        diffusers.StableDiffusionXLPipeline
        if channels == 4
        else diffusers.StableDiffusionXLInpaintPipeline
    )
    return pipeline(
        vae=vae(),
        text_encoder=clip_text_model(width=first_width),
        text_encoder_2=clip_text_model(projecting=True),
        tokenizer=clip_tokenizer(),
        tokenizer_2=clip_tokenizer(),
        unet=unet,
        scheduler=diffusers.EulerDiscreteScheduler(
            beta_start=0.00085,
            beta_end=0.012,
            beta_schedule="scaled_linear",
            steps_offset=1,
            timestep_spacing="leading",
        ),
    )


def sd3() -> Any:
    """Stable Diffusion 3: two CLIPs, T5, 16 channels, flow matching."""
    transformer = diffusers.SD3Transformer2DModel(
        sample_size=8,
        patch_size=2,
        in_channels=16,
        num_layers=2,
        attention_head_dim=8,
        num_attention_heads=4,
        joint_attention_dim=2 * WIDTH,
        caption_projection_dim=WIDTH,
        pooled_projection_dim=2 * WIDTH,
        out_channels=16,
        pos_embed_max_size=96,
    ).eval()
    return diffusers.StableDiffusion3Pipeline(
        transformer=transformer,
        scheduler=diffusers.FlowMatchEulerDiscreteScheduler(shift=3.0),
        vae=vae(16, quantized=False, shift_factor=0.0609, scaling_factor=1.5305),
        text_encoder=clip_text_model(projecting=True),
        tokenizer=clip_tokenizer(),
        text_encoder_2=clip_text_model(projecting=True),
        tokenizer_2=clip_tokenizer(),
        text_encoder_3=t5_model(2 * WIDTH),
        tokenizer_3=t5_tokenizer(),
    )


def flux(channels: int, pipeline: Callable[..., Any]) -> Any:
    """FLUX.1: packed latents, guidance as an input; 384 channels for Fill."""
    transformer = diffusers.FluxTransformer2DModel(
        patch_size=1,
        in_channels=channels,
        out_channels=64,
        num_layers=1,
        num_single_layers=2,
        attention_head_dim=16,
        num_attention_heads=2,
        joint_attention_dim=WIDTH,
        pooled_projection_dim=WIDTH,
        axes_dims_rope=(4, 6, 6),
        guidance_embeds=True,
    ).eval()
    return pipeline(
        transformer=transformer,
        scheduler=diffusers.FlowMatchEulerDiscreteScheduler(
            use_dynamic_shifting=True,
            base_shift=0.5,
            max_shift=1.15,
            base_image_seq_len=256,
            max_image_seq_len=4096,
            shift=3.0,
        ),
        vae=vae(16, quantized=False, shift_factor=0.1159, scaling_factor=0.3611),
        text_encoder=clip_text_model(),
        tokenizer=clip_tokenizer(),
        text_encoder_2=t5_model(),
        tokenizer_2=t5_tokenizer(),
    )


QWEN_WORDS = ["<|im_start|>", "<|im_end|>"]
QWEN_CHAT = (
    "{% for m in messages %}<|im_start|>{{m['role']}}\n{{m['content']}}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)


def qwen_tokenizer() -> Any:
    """Qwen's tokenizer without merges: a byte is a token."""
    vocabulary = {token: n for n, token in enumerate([*byte_alphabet(), "<|endoftext|>"])}
    tokenizer = transformers.Qwen2Tokenizer(vocab=vocabulary, merges=[], model_max_length=4096)
    tokenizer.add_special_tokens({"additional_special_tokens": QWEN_WORDS})
    tokenizer.chat_template = QWEN_CHAT
    return tokenizer


def flux2_klein(distilled: bool) -> Any:
    """FLUX.2 klein: packs of 2 x 2 latents, three layers of a language model as the prompt."""
    width = 16
    language_model = transformers.Qwen3ForCausalLM(
        transformers.Qwen3Config(
            vocab_size=len(qwen_tokenizer()),
            hidden_size=width,
            intermediate_size=32,
            num_hidden_layers=28,
            num_attention_heads=2,
            num_key_value_heads=2,
            head_dim=8,
            max_position_embeddings=4096,
        )
    ).eval()
    transformer = diffusers.Flux2Transformer2DModel(
        patch_size=1,
        in_channels=128,
        num_layers=1,
        num_single_layers=2,
        attention_head_dim=16,
        num_attention_heads=2,
        joint_attention_dim=3 * width,
        timestep_guidance_channels=32,
        axes_dims_rope=(4, 4, 4, 4),
        guidance_embeds=False,
    ).eval()
    return diffusers.Flux2KleinPipeline(
        transformer=transformer,
        scheduler=diffusers.FlowMatchEulerDiscreteScheduler(use_dynamic_shifting=True),
        vae=vae(32, kind=diffusers.AutoencoderKLFlux2),
        text_encoder=language_model,
        tokenizer=qwen_tokenizer(),
        is_distilled=distilled,
    )


def z_image() -> Any:
    """Z-Image: 16 channels, a language model's hidden states as the prompt."""
    width = 16
    language_model = transformers.Qwen3Model(
        transformers.Qwen3Config(
            vocab_size=len(qwen_tokenizer()),
            hidden_size=width,
            intermediate_size=32,
            num_hidden_layers=3,
            num_attention_heads=2,
            num_key_value_heads=2,
            head_dim=8,
            max_position_embeddings=4096,
        )
    ).eval()
    transformer = diffusers.ZImageTransformer2DModel(
        all_patch_size=(2,),
        all_f_patch_size=(1,),
        in_channels=16,
        dim=32,
        n_layers=2,
        n_refiner_layers=1,
        n_heads=2,
        n_kv_heads=2,
        cap_feat_dim=width,
        rope_theta=256.0,
        axes_dims=[8, 4, 4],
        axes_lens=[512, 128, 128],
    ).eval()
    with torch.no_grad():  # they are left as they came from memory
        transformer.x_pad_token.fill_(1.0)
        transformer.cap_pad_token.fill_(1.0)
    return diffusers.ZImagePipeline(
        transformer=transformer,
        vae=vae(16, quantized=False, shift_factor=0.1159, scaling_factor=0.3611),
        scheduler=diffusers.FlowMatchEulerDiscreteScheduler(shift=3.0),
        text_encoder=language_model,
        tokenizer=qwen_tokenizer(),
    )


SEEING_WORDS = ["<|vision_start|>", "<|vision_end|>", "<|image_pad|>", "<|video_pad|>"]


def qwen_vl(tokenizer: Any) -> Any:
    """A language model that sees."""
    start, end, picture, film = tokenizer.convert_tokens_to_ids(SEEING_WORDS)
    width = 32
    shape = {"hidden_size": width, "intermediate_size": width}
    words = {"num_hidden_layers": 2, "num_attention_heads": 2, "num_key_value_heads": 2}
    rope = {"mrope_section": [2, 3, 3], "rope_type": "default", "type": "default"}
    config = transformers.Qwen2_5_VLConfig(
        text_config={
            "vocab_size": len(tokenizer),
            "rope_scaling": rope,
            "rope_theta": 1e6,
            "max_position_embeddings": 4096,
            **shape,
            **words,
        },
        vision_config={
            "depth": 2,
            "num_heads": 2,
            "out_hidden_size": width,
            "fullatt_block_indexes": [1],
            **shape,
        },
        image_token_id=picture,
        video_token_id=film,
        vision_start_token_id=start,
        vision_end_token_id=end,
    )
    return transformers.Qwen2_5_VLForConditionalGeneration(config).eval()


class Seeing:
    """A pipeline with a processor for pictures, which diffusers cannot save without torchvision."""

    def __init__(self, pipeline: Any) -> None:
        self._pipeline = pipeline

    def save_pretrained(self, directory: Path, **options: Any) -> None:
        """Save all of it in the usual layout."""
        self._pipeline.save_pretrained(directory, **options)
        eye = transformers.Qwen2VLImageProcessorPil(min_pixels=28 * 28 * 4, max_pixels=28 * 28 * 64)
        eye.save_pretrained(directory / "processor")
        index = json.loads((directory / "model_index.json").read_text())
        index["processor"] = ["transformers", "Qwen2VLProcessor"]
        (directory / "model_index.json").write_text(json.dumps(index))


def qwen_image(edits: bool) -> Any:
    """Qwen-Image and Qwen-Image-Edit: a VAE of films, a language model that sees."""
    tokenizer = qwen_tokenizer()
    tokenizer.add_tokens(SEEING_WORDS, special_tokens=True)
    transformer = diffusers.QwenImageTransformer2DModel(
        patch_size=2,
        in_channels=64,
        out_channels=16,
        num_layers=2,
        attention_head_dim=16,
        num_attention_heads=2,
        joint_attention_dim=32,
        guidance_embeds=False,
        axes_dims_rope=(4, 6, 6),
    ).eval()
    vae = diffusers.AutoencoderKLQwenImage(
        base_dim=8,
        z_dim=16,
        dim_mult=[1, 2, 2, 2],
        num_res_blocks=1,
        temperal_downsample=[False, True, True],
        latents_mean=[0.1 * n for n in range(16)],
        latents_std=[1 + 0.1 * n for n in range(16)],
    ).eval()
    # No setting of this network, but what says that this one was made for small pictures.
    vae.register_to_config(sample_size=64)
    parts = {
        "transformer": transformer,
        "vae": vae,
        "scheduler": diffusers.FlowMatchEulerDiscreteScheduler(use_dynamic_shifting=True),
        "text_encoder": qwen_vl(tokenizer),
        "tokenizer": tokenizer,
    }
    if edits:
        return Seeing(diffusers.QwenImageEditPipeline(**parts, processor=None))
    return diffusers.QwenImagePipeline(**parts)


FAMILIES: dict[str, Callable[[], Any]] = {
    "sd15": lambda: sd(4),
    "sd15-inpaint": lambda: sd(9),
    "sdxl": lambda: sdxl(4),
    "sdxl-inpaint": lambda: sdxl(9),
    "sd3": sd3,
    "flux": lambda: flux(64, diffusers.FluxPipeline),
    "flux-fill": lambda: flux(384, diffusers.FluxFillPipeline),
    "flux-kontext": lambda: flux(64, diffusers.FluxKontextPipeline),
    "z-image": z_image,
    "flux2-klein": lambda: flux2_klein(distilled=True),
    "flux2-klein-base": lambda: flux2_klein(distilled=False),
    "qwen-image": lambda: qwen_image(edits=False),
    "qwen-image-edit": lambda: qwen_image(edits=True),
}

# Stable Diffusion with a safety checker.
CHECKED: dict[str, Callable[[], Any]] = {
    "sd15-objecting": lambda: checked(sd(4), -2.0),
    "sd15-content": lambda: checked(sd(4), 2.0),
}

# Stable Diffusion XL whose text encoders are told apart by their widths, as the real ones are.
NARROW: dict[str, Callable[[], Any]] = {"sdxl-narrow": lambda: sdxl(4, first_width=16)}
