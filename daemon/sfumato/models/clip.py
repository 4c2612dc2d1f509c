"""CLIP's tokenizer, for models that come without one: the same for all of them."""

from __future__ import annotations

import gzip
from functools import cache
from importlib import resources
from typing import Any

import transformers

START, END = "<|startoftext|>", "<|endoftext|>"
# Bytes that stand for themselves; the others are written as characters from 256 on.
_PRINTING = (*range(33, 127), *range(161, 173), *range(174, 256))


def clip_tokenizer(padding: str = END) -> transformers.CLIPTokenizer:
    """The tokenizer of OpenAI's CLIP, which fills up to 77 tokens with ``padding``."""
    merges = _merges()
    letters = _letters()
    pieces = [*letters, *(letter + "</w>" for letter in letters)]
    words = [*pieces, *("".join(merge) for merge in merges), START, END]
    given: Any = merges
    return transformers.CLIPTokenizer(
        vocab={word: number for number, word in enumerate(words)},
        merges=list(given),
        pad_token=padding,
        model_max_length=77,
    )


def _letters() -> list[str]:
    """A character for each byte, in the order of CLIP's vocabulary."""
    others = [byte for byte in range(256) if byte not in _PRINTING]
    return [chr(byte) for byte in _PRINTING] + [chr(256 + n) for n in range(len(others))]


@cache
def _merges() -> tuple[tuple[str, str], ...]:
    packed = resources.files(__package__).joinpath("settings", "clip-merges.txt.gz").read_bytes()
    pairs = (line.split(" ") for line in gzip.decompress(packed).decode("utf-8").splitlines())
    return tuple((first, second) for first, second in pairs)
