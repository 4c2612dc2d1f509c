"""A daemon of paper: the real wire with answers the test decides, step by step.

It has a model, so that Generate can be tried on a machine without weights, and it stops before any
step for as long as the test holds it. What it "generates" is one flat colour per variation.
"""

from __future__ import annotations

import io
import threading
import zlib
from collections.abc import Callable, Iterator
from concurrent import futures
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

import grpc
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from sfumato.engines.parameters import Operation
from sfumato.imaging.mask import soft_mask
from sfumato.service.capabilities import capabilities, models
from sfumato.service.catalogue import FILL, Catalogue, Defaults, ModelCard
from sfumato.service.wire import inpainting_pb2_grpc
from sfumato.settings import Limits
from sfumato_client.wire import inpainting_pb2 as wire
from sfumato_client.wire import jobs_pb2, parameters_pb2, pixels_pb2

TOKEN = "a-token-for-the-tests"
HANG_S = 300
"""Seconds after which something that a test waits for will not come any more."""
COLORS = ((200, 60, 40), (40, 160, 70), (60, 90, 210), (220, 180, 40))
SAMPLES = {1: 1, 2: 2, 3: 3, 4: 4}
Pixels = NDArray[np.uint8] | NDArray[np.uint16]
Paint = Callable[[Pixels, int], Pixels]


def flat(pixels: Pixels, variation: int) -> Pixels:
    """One colour for each variation; pixels (n, samples) in and out."""
    samples, full = pixels.shape[1], 257 if pixels.dtype != np.uint8 else 1
    color = np.array(COLORS[variation % len(COLORS)]) * full
    if samples < 3:
        color = color[:1]
    if samples in (2, 4):
        color = np.append(color, 255 * full)
    return np.broadcast_to(color, pixels.shape).astype(pixels.dtype)


def tinted(pixels: Pixels, variation: int) -> Pixels:
    """The same thing in one colour for each variation; RGB, 8 bit, (n, 3) in and out."""
    light = pixels.mean(axis=1, keepdims=True) / 160
    color = np.array(COLORS[variation % len(COLORS)])
    return np.clip(color * light, 0, 255).astype(np.uint8)


@dataclass
class Seen:
    """One edit as it arrived."""

    header: wire.InpaintHeader
    planes: list[bytes] = field(default_factory=list)
    cancel_asked: threading.Event = field(default_factory=threading.Event)
    variations: int = 0


PAPER = ModelCard(
    name="paper",
    title="Paper (for tests)",
    engine="diffusion",
    family="sd15",
    operations=(Operation.REMOVE, Operation.GENERATE),
    sampled=True,
    negative_prompt=True,
    strength=True,
    defaults=Defaults(steps=20, guidance=7.0, guidance_max=12.0),
)
WITH_PAPER = Catalogue(models={FILL.name: FILL, PAPER.name: PAPER}, default=PAPER.name)


class ScriptedDaemon(inpainting_pb2_grpc.InpaintingServicer):
    """Listens on a loopback port while entered.

    ``ahead`` are major versions of the protocol; with a ``failure`` the engine dies of it. Each of
    the ``steps`` takes ``pace`` seconds, unless a cancel comes before. The test holds them from the
    step ``held_from`` on. ``paint`` makes a variation of a window's pixels where a mask is not 0.
    """

    def __init__(
        self,
        generates: bool = True,
        ahead: int = 0,
        failure: str = "",
        steps: int = 4,
        pace: float = 0.0,
        held_from: int = 0,
        paint: Paint = flat,
    ) -> None:
        self.catalogue = WITH_PAPER if generates else Catalogue()
        self.ahead = ahead
        self.failure = failure
        self.steps, self.pace, self.held_from = steps, pace, held_from
        self.paint = paint
        self.edits: list[Seen] = []
        self.go = threading.Event()
        self.go.set()
        self.at_work = threading.Event()
        self._server = grpc.server(futures.ThreadPoolExecutor(16))
        inpainting_pb2_grpc.add_InpaintingServicer_to_server(self, self._server)
        self.address = f"127.0.0.1:{self._server.add_insecure_port('127.0.0.1:0')}"

    def __enter__(self) -> Self:
        self._server.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.go.set()
        self._server.stop(0).wait(10)

    def hold(self) -> None:
        """Stop every edit before its next step until ``release``."""
        self.at_work.clear()
        self.go.clear()

    def release(self) -> None:
        """Let edits go on."""
        self.go.set()

    def GetCapabilities(self, request: object, context: grpc.ServicerContext) -> object:  # noqa: N802
        """As the real daemon says it, in the protocol's version that the test wants."""
        told = capabilities(self.catalogue, Limits())
        told.protocol.major += self.ahead
        return told

    def ListModels(self, request: object, context: grpc.ServicerContext) -> object:  # noqa: N802
        """The real presets, and one model or none."""
        return models(self.catalogue)

    def Inpaint(  # noqa: N802
        self, requests: Iterator[wire.InpaintRequest], context: grpc.ServicerContext
    ) -> Iterator[wire.InpaintEvent]:
        """One edit, step by step."""
        seen = self._receive(requests)
        return self._work(seen, str(len(self.edits)), context)

    def Attach(  # noqa: N802
        self, request: wire.AttachRequest, context: grpc.ServicerContext
    ) -> Iterator[wire.InpaintEvent]:
        """Nothing is kept."""
        context.abort(grpc.StatusCode.NOT_FOUND, "This daemon of paper keeps nothing.")
        return iter(())

    def Cancel(self, request: wire.CancelRequest, context: object) -> object:  # noqa: N802
        """Ends the edit at its next step."""
        self.edits[int(request.job_id) - 1].cancel_asked.set()
        self.go.set()
        return wire.CancelResponse(state=jobs_pb2.JOB_STATE_CANCELLED)

    def ReportInsertion(self, request: object, context: object) -> object:  # noqa: N802
        """Nobody looks at the trace."""
        return wire.ReportInsertionResponse()

    def _receive(self, requests: Iterator[wire.InpaintRequest]) -> Seen:
        header = next(requests).header
        packed = [bytearray() for _ in header.planes]
        for request in requests:
            packed[request.chunk.plane] += request.chunk.data
        seen = Seen(header, [_unpacked(p, b) for p, b in zip(header.planes, packed, strict=True)])
        if header.WhichOneof("source") == "stored_input":
            first = self.edits[int(header.stored_input.job_id) - 1]
            seen.planes = first.planes
        self.edits.append(seen)
        return seen

    def _work(
        self, seen: Seen, job: str, context: grpc.ServicerContext
    ) -> Iterator[wire.InpaintEvent]:
        yield wire.InpaintEvent(accepted=wire.Accepted(job_id=job))
        yield wire.InpaintEvent(queued=wire.Queued(position=2, eta_seconds=4))
        yield wire.InpaintEvent(started=wire.Started(engine="diffusion", model="paper"))
        origin = self._origin(seen)
        for step in range(self.steps):
            progress = wire.Progress(
                step=step, steps=self.steps, eta_seconds=max(0, 12 - step), phase="denoising"
            )
            yield wire.InpaintEvent(progress=progress)
            yield wire.InpaintEvent(preview=self._preview(origin))
            if step >= self.held_from:
                self.at_work.set()
                self.go.wait()
            seen.cancel_asked.wait(self.pace)
            if seen.cancel_asked.is_set():
                context.abort(grpc.StatusCode.CANCELLED, "The edit was cancelled.")
            if self.failure:
                context.abort(grpc.StatusCode.INTERNAL, self.failure)
        asked = seen.header.parameters
        for variation in range(asked.variations or 1):
            yield from self._result(seen, origin, variation)
            seen.variations += 1
        resolved = parameters_pb2.Parameters()
        resolved.CopyFrom(asked)
        resolved.seed = asked.seed or 7
        yield wire.InpaintEvent(done=wire.Done(seed=resolved.seed, resolved=resolved))

    def _origin(self, seen: Seen) -> Seen:
        if seen.header.WhichOneof("source") == "stored_input":
            return self.edits[int(seen.header.stored_input.job_id) - 1]
        return seen

    def _preview(self, origin: Seen) -> wire.Preview:
        region = origin.header.regions.regions[0]
        extent = (region.window.width, region.window.height)
        plane = origin.header.planes[region.picture]
        image = Image.new("RGB", extent, COLORS[0])
        if (plane.color_model, plane.depth) == (pixels_pb2.COLOR_MODEL_RGB, pixels_pb2.DEPTH_U8):
            image = Image.frombytes("RGB", extent, origin.planes[region.picture])
        image.thumbnail((256, 256))
        file = io.BytesIO()
        image.filter(ImageFilter.GaussianBlur(12)).save(file, "JPEG")
        return wire.Preview(image=file.getvalue(), bounds=region.window)

    def _result(self, seen: Seen, origin: Seen, variation: int) -> Iterator[wire.InpaintEvent]:
        result = wire.Result(
            variation=variation, seed=(seen.header.parameters.seed or 7) + variation
        )
        data: list[bytes] = []
        for number, region in enumerate(origin.header.regions.regions):
            mask = self._mask(origin, region)
            picture = origin.header.planes[region.picture]
            color = _pixels(picture, origin.planes[region.picture], mask.shape)
            painted = mask > 0
            color[painted] = self.paint(color[painted], variation)
            for role, plane, raw in (
                (
                    wire.ResultPlane.ROLE_COLOR,
                    _announced(picture, picture.color_model, color.tobytes()),
                    color.tobytes(),
                ),
                (
                    wire.ResultPlane.ROLE_MASK,
                    _announced(picture, pixels_pb2.COLOR_MODEL_GRAY, mask.tobytes(), deflate=True),
                    zlib.compress(mask.tobytes(), 1),
                ),
            ):
                result.planes.add(region=number, role=role, plane=plane, bounds=region.window)
                data.append(raw)
        yield wire.InpaintEvent(result=result)
        for index, raw in enumerate(data):
            for at in range(0, len(raw), 512 << 10):
                chunk = pixels_pb2.PixelChunk(plane=index, data=raw[at : at + (512 << 10)])
                yield wire.InpaintEvent(chunk=chunk)

    def _mask(self, origin: Seen, region: wire.Region) -> np.ndarray:
        window = region.window
        shape = (window.height, window.width)
        if region.HasField("mask"):
            mask = np.frombuffer(origin.planes[region.mask], np.uint8).reshape(shape)
        else:
            selection = np.frombuffer(origin.planes[region.selection], np.uint8).reshape(shape)
            parameters = origin.header.parameters
            mask = soft_mask(selection.copy(), parameters.grow, parameters.feather)
        inside = np.zeros_like(mask)
        core = region.core if region.HasField("core") else window
        top, left = core.y - window.y, core.x - window.x
        part = np.s_[top : top + core.height, left : left + core.width]
        inside[part] = mask[part]
        return inside


def _unpacked(plane: pixels_pb2.Plane, packed: bytearray) -> bytes:
    return zlib.decompress(packed) if plane.codec == pixels_pb2.CODEC_DEFLATE else bytes(packed)


def _pixels(plane: pixels_pb2.Plane, raw: bytes, shape: tuple[int, ...]) -> Pixels:
    depth = np.uint8 if plane.depth == pixels_pb2.DEPTH_U8 else np.dtype("<u2")
    return np.frombuffer(raw, depth).reshape(*shape, SAMPLES[plane.color_model]).copy()


def _announced(
    picture: pixels_pb2.Plane, model: int, data: bytes, deflate: bool = False
) -> pixels_pb2.Plane:
    packed = zlib.compress(data, 1) if deflate else data
    return pixels_pb2.Plane(
        extent=picture.extent,
        color_model=model,
        depth=pixels_pb2.DEPTH_U8 if deflate else picture.depth,
        codec=pixels_pb2.CODEC_DEFLATE if deflate else pixels_pb2.CODEC_RAW,
        encoded_bytes=len(packed),
    )
