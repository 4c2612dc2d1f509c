"""Tiny tokenizers and text encoders with random weights, in the real architectures."""

from __future__ import annotations

import string
from collections.abc import Callable
from typing import Any

import transformers

# Width of every text encoder, and so of the cross attention it feeds.
WIDTH = 32
# Bytes that print; the others are mapped above 255 (the byte alphabet of GPT-2 and CLIP).
PRINTING = [*range(33, 127), *range(161, 173), *range(174, 256)]


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


def qwen_language_model(
    layers: int, width: int, kind: Callable[..., Any] = transformers.Qwen3Model
) -> Any:
    """A Qwen language model of so many layers."""
    config = transformers.Qwen3Config(
        vocab_size=len(qwen_tokenizer()),
        hidden_size=width,
        intermediate_size=32,
        num_hidden_layers=layers,
        num_attention_heads=2,
        num_key_value_heads=2,
        head_dim=8,
        max_position_embeddings=4096,
    )
    return kind(config).eval()
