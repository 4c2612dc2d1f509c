"""What a device's memory holds, for the terminal."""

from __future__ import annotations

from collections.abc import Iterable

from sfumato_client.wire import jobs_pb2

GIGA = 1e9


def gigabytes(size: int) -> str:
    """Bytes for people; what is small is told in MB."""
    return f"{size / GIGA:.1f} GB" if size >= GIGA / 10 else f"{size / 1e6:.1f} MB"


def filling(device: jobs_pb2.Device) -> str:
    """How full a device's memory is; empty where it is not known."""
    if not device.memory_bytes:
        return ""
    used, total = device.memory_used_bytes / GIGA, device.memory_bytes / GIGA
    return f"{used:.1f} of {total:.1f} GB, {max(0.0, total - used):.1f} free"


def holding(device: jobs_pb2.Device) -> list[str]:
    """The models of a device, with what each takes there now, as far as that is known."""
    taken = {model.name: model.memory_bytes for model in device.loaded}
    names = dict.fromkeys((*device.models, *taken))
    return [f"{name} {gigabytes(taken[name])}" if name in taken else name for name in names]


def places(devices: Iterable[jobs_pb2.Device], model: str) -> list[str]:
    """Where a model is loaded, and how much it takes there now."""
    return [
        f"{gigabytes(loaded.memory_bytes)} on {device.name}"
        for device in devices
        for loaded in device.loaded
        if loaded.name == model
    ]
