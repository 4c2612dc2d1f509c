"""The network of BiRefNet, as far as answers need it: a Swin encoder and its decoder.

Zheng et al.: "Bilateral Reference for High-Resolution Dichotomous Image Segmentation", 2024. It is
published with code of its own, which Sfumato does not run, and transformers has none; so the
decoder is written here after the paper and the names in the published weights. The encoder is
transformers'. What only training needs is left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor, nn
from torch.nn.functional import grid_sample, interpolate

INNER = 64
"""Channels inside a block of the decoder."""
SEEN = 256
"""Channels of what a block sees at one reach."""
REACHES = (1, 3, 7)
"""Sides of the kernels with which a block looks around."""
GRADIENTS = 16
"""Channels that tell where edges are."""


class BiRefNet(nn.Module):
    """``encoder`` gives four levels of features; ``width`` is the channels of the finest one."""

    def __init__(self, encoder: nn.Module, width: int) -> None:
        super().__init__()
        # Features of the picture and of its half lie beside each other.
        channels = [2 * width * 2**level for level in (3, 2, 1, 0)]
        self.bb = encoder
        self.squeeze_module = nn.Sequential(Block(sum(channels), channels[0]))
        self.decoder = Decoder(channels)

    def forward(self, pixels: Tensor) -> Tensor:
        """What belongs to the subject, as logits (1, 1, height, width) of a picture's size.

        ``pixels`` is (1, 3, height, width), normalized; its sides are multiples of 64.
        """
        height, width = pixels.shape[2:]
        whole = self.bb(pixels).feature_maps
        half = self.bb(scaled(pixels, (height // 2, width // 2))).feature_maps
        levels = [
            torch.cat([one, scaled(other, one.shape[2:])], 1)
            for one, other in zip(whole, half, strict=True)
        ]
        coarsest = levels[-1]
        around = [scaled(level, coarsest.shape[2:]) for level in levels[:-1]]
        levels[-1] = self.squeeze_module(torch.cat([*around, coarsest], 1))
        logits: Tensor = self.decoder(pixels, levels)
        return logits


class Decoder(nn.Module):
    """From coarse to fine; ``channels`` are those of the encoder's levels, the coarsest first."""

    def __init__(self, channels: Sequence[int]) -> None:
        super().__init__()
        outputs = [*channels[1:], channels[-1] // 2]
        looks = [channel // 8 for channel in channels]
        for index, name in enumerate((4, 3, 2, 1)):
            look = looks[max(0, index - 1)]
            self.add_module(f"decoder_block{name}", Block(channels[index] + look, outputs[index]))
            self.add_module(f"ipt_blk{name + 1}", Look(3 * 4 ** (name + 1), look))
            if name > 1:
                self.add_module(f"lateral_block{name}", Lateral(channels[index + 1]))
                self.add_module(f"gdt_convs_{name}", _edges(outputs[index]))
                self.add_module(f"gdt_convs_attn_{name}", nn.Sequential(nn.Conv2d(GRADIENTS, 1, 1)))
        self.ipt_blk1 = Look(3, looks[3])
        self.conv_out1 = nn.Sequential(nn.Conv2d(outputs[3] + looks[3], 1, 1))

    def forward(self, pixels: Tensor, levels: Sequence[Tensor]) -> Tensor:
        """Logits of the picture's size from its features, the finest first."""
        features = levels[-1]
        for name in (4, 3, 2, 1):
            features = torch.cat([features, self._seen(name + 1, pixels, features)], 1)
            features = self.get_submodule(f"decoder_block{name}")(features)
            if name > 1:
                edges = self.get_submodule(f"gdt_convs_{name}")(features)
                features = features * self.get_submodule(f"gdt_convs_attn_{name}")(edges).sigmoid()
                finer = levels[name - 2]
                lateral = self.get_submodule(f"lateral_block{name}")(finer)
                features = scaled(features, finer.shape[2:]) + lateral
        features = scaled(features, pixels.shape[2:])
        features = torch.cat([features, self._seen(1, pixels, features)], 1)
        logits: Tensor = self.conv_out1(features)
        return logits

    def _seen(self, name: int, pixels: Tensor, features: Tensor) -> Tensor:
        """The picture itself at the features' size, without anything lost."""
        seen: Tensor = self.get_submodule(f"ipt_blk{name}")(patches(pixels, features.shape[2:]))
        return seen


class Block(nn.Module):
    """A block of the decoder, which looks around at several reaches."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.conv_in = nn.Conv2d(inputs, INNER, 3, padding=1)
        self.bn_in = nn.BatchNorm2d(INNER)
        self.dec_att = Around(INNER)
        self.conv_out = nn.Conv2d(INNER, outputs, 3, padding=1)
        self.bn_out = nn.BatchNorm2d(outputs)

    def forward(self, features: Tensor) -> Tensor:
        """Of the same size."""
        inner = self.dec_att(self.bn_in(self.conv_in(features)).relu())
        result: Tensor = self.bn_out(self.conv_out(inner))
        return result


class Around(nn.Module):
    """A pyramid of deformable convolutions, and the mean of all."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.aspp1 = Reach(channels, 1)
        self.aspp_deforms = nn.ModuleList(Reach(channels, side) for side in REACHES)
        self.global_avg_pool = nn.Sequential(
            nn.AdaptiveAvgPool2d(1),
            nn.Conv2d(channels, SEEN, 1, bias=False),
            nn.BatchNorm2d(SEEN),
            nn.ReLU(),
        )
        self.conv1 = nn.Conv2d(SEEN * (2 + len(REACHES)), channels, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(channels)

    def forward(self, features: Tensor) -> Tensor:
        """Of the same size and channels."""
        near = [reach(features) for reach in (self.aspp1, *self.aspp_deforms)]
        mean = self.global_avg_pool(features).expand(-1, -1, *features.shape[2:])
        result: Tensor = self.bn1(self.conv1(torch.cat([*near, mean], 1))).relu()
        return result


class Reach(nn.Module):
    """A deformable convolution and what follows it."""

    def __init__(self, inputs: int, side: int) -> None:
        super().__init__()
        self.atrous_conv = Deformable(inputs, side)
        self.bn = nn.BatchNorm2d(SEEN)

    def forward(self, features: Tensor) -> Tensor:
        """Of the same size."""
        result: Tensor = self.bn(self.atrous_conv(features)).relu()
        return result


class Deformable(nn.Module):
    """A convolution whose taps move and fade by what they see.

    Zhu et al.: "Deformable ConvNets v2", 2019. One tap is done at a time, as all at once would take
    ``side`` squared times the memory.
    """

    def __init__(self, inputs: int, side: int) -> None:
        super().__init__()
        self._side = side
        self.offset_conv = nn.Conv2d(inputs, 2 * side**2, side, padding=side // 2)
        self.modulator_conv = nn.Conv2d(inputs, side**2, side, padding=side // 2)
        self.regular_conv = nn.Conv2d(inputs, SEEN, side, padding=side // 2, bias=False)

    def forward(self, features: Tensor) -> Tensor:
        """Of the same size."""
        offsets = self.offset_conv(features).float()
        fading = 2 * self.modulator_conv(features).sigmoid()
        weights = self.regular_conv.weight.flatten(2)
        total = features.new_zeros(features.shape[0], SEEN, features.shape[2] * features.shape[3])
        for tap, (row, column) in enumerate(self._taps()):
            # Pixels down, then to the right.
            moved = _moved(features, offsets[:, 2 * tap] + row, offsets[:, 2 * tap + 1] + column)
            total += weights[..., tap] @ (moved * fading[:, tap, None]).flatten(2)
        return total.view(features.shape[0], SEEN, *features.shape[2:])

    def _taps(self) -> Iterator[tuple[int, int]]:
        reach = self._side // 2
        for row in range(-reach, reach + 1):
            for column in range(-reach, reach + 1):
                yield row, column


class Look(nn.Module):
    """Two convolutions of the picture itself."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, 64, 3, padding=1)
        self.conv_out = nn.Conv2d(64, outputs, 3, padding=1)

    def forward(self, pixels: Tensor) -> Tensor:
        """Of the same size."""
        result: Tensor = self.conv_out(self.conv1(pixels))
        return result


class Lateral(nn.Module):
    """What the encoder saw at a level, on its way into the decoder."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(channels, channels, 1)

    def forward(self, features: Tensor) -> Tensor:
        """Of the same size and channels."""
        result: Tensor = self.conv(features)
        return result


def scaled(features: Tensor, size: Sequence[int]) -> Tensor:
    """At another size (height, width)."""
    return interpolate(features, tuple(size), mode="bilinear", align_corners=True)


def patches(pixels: Tensor, size: Sequence[int]) -> Tensor:
    """A picture cut into equal parts of ``size`` (height, width), as channels: colour, row, column.

    The picture's sides are multiples of the parts'.
    """
    count, channels, height, width = pixels.shape
    rows, columns = height // size[0], width // size[1]
    parts = pixels.view(count, channels, rows, size[0], columns, size[1])
    return parts.permute(0, 1, 2, 4, 3, 5).reshape(count, -1, size[0], size[1])


def _edges(inputs: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inputs, GRADIENTS, 3, padding=1), nn.BatchNorm2d(GRADIENTS), nn.ReLU()
    )


def _moved(features: Tensor, down: Tensor, right: Tensor) -> Tensor:
    """Each pixel taken from so many pixels further down and to the right (count, height, width)."""
    height, width = features.shape[2:]
    rows = torch.arange(height, device=features.device)[:, None]
    columns = torch.arange(width, device=features.device)
    # The middles of the outermost pixels lie half a pixel from the borders at -1 and 1.
    grid = torch.stack(
        [(2 * (columns + right) + 1) / width - 1, (2 * (rows + down) + 1) / height - 1], -1
    )
    # In full precision: half of it is not enough for places.
    return grid_sample(features.float(), grid, align_corners=False).to(features.dtype)
