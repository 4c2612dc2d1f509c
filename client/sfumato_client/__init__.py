"""What the plugins and the command line share: geometry, the session with a daemon, a job's life.

Pure Python 3.10+ without compiled dependencies, as it runs inside picture editors. The order of an
edit: find the daemon (``find_endpoint``), trim the selection (``Selection.trimmed``), choose its
softness (``softness``) and its windows (``plan``), make each window's mask (``make_mask``), send
the ``Edit`` (``Session`` or, from threads, ``Client``), and lay down the result (``flatten``).
"""

from typing import TYPE_CHECKING

from sfumato_client.ability import doer, model_named, unused, usable
from sfumato_client.batch import Ended, Task, batch, key_of, mark
from sfumato_client.discovery import find_endpoint, named, state_dir
from sfumato_client.edit import Edit, Raster, Region, Samples
from sfumato_client.endpoint import Endpoint, join_string
from sfumato_client.errors import (
    Busy,
    Cancelled,
    JobFailed,
    NeedsModel,
    NotFound,
    Protocol,
    Refused,
    SfumatoError,
    Unauthenticated,
    Unavailable,
    VersionMismatch,
)
from sfumato_client.events import (
    Accepted,
    Done,
    Event,
    Notice,
    Piece,
    Preview,
    Progress,
    Queued,
    Reconnecting,
    Result,
    Started,
)
from sfumato_client.geometry import Bounds, Extent
from sfumato_client.layer import Layer, flatten, layer_name, parse_record, record, unique_name
from sfumato_client.ledger import Entry, Ledger, State
from sfumato_client.mask import make_mask
from sfumato_client.outpaint import Anchor, Growth, Sides, sides_for_aspect, tiles
from sfumato_client.patience import Patience
from sfumato_client.plan import Place, plan
from sfumato_client.preset import (
    Shape,
    can_be_used,
    preset_named,
    preset_title,
    recipe_title,
    shape,
)
from sfumato_client.selection import Selection, Softness, softness
from sfumato_client.stopwatch import Stopwatch
from sfumato_client.told import Told, told
from sfumato_client.version import PROTOCOL
from sfumato_client.wire.inpainting_pb2 import OnDisconnect, Priority
from sfumato_client.wire.models_pb2 import Model, Preset
from sfumato_client.wire.parameters_pb2 import Context, GrayMeaning, Operation, Parameters
from sfumato_client.wire.segment_pb2 import Target

if TYPE_CHECKING:
    from sfumato_client.blocking import Client, Handle
    from sfumato_client.job import Job
    from sfumato_client.segment import Found, Instance, Search, looked_at
    from sfumato_client.session import Session

_SPEAKING = (
    "Client",
    "Found",
    "Handle",
    "Instance",
    "Job",
    "Search",
    "Session",
    "looked_at",
)
"""What speaks with a daemon. It and the libraries for that are imported when first asked for: an
engine host, which every edit may wait for, does without."""


def __getattr__(name: str) -> object:
    if name not in _SPEAKING:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from sfumato_client import blocking, job, segment, session

    for module in (blocking, job, segment, session):
        globals().update(
            (each, getattr(module, each)) for each in _SPEAKING if hasattr(module, each)
        )
    found: object = globals()[name]
    return found


__all__ = [
    "PROTOCOL",
    "Accepted",
    "Anchor",
    "Bounds",
    "Busy",
    "Cancelled",
    "Client",
    "Context",
    "Done",
    "Edit",
    "Ended",
    "Endpoint",
    "Entry",
    "Event",
    "Extent",
    "Found",
    "GrayMeaning",
    "Growth",
    "Handle",
    "Instance",
    "Job",
    "JobFailed",
    "Layer",
    "Ledger",
    "Model",
    "NeedsModel",
    "NotFound",
    "Notice",
    "OnDisconnect",
    "Operation",
    "Parameters",
    "Patience",
    "Piece",
    "Place",
    "Preset",
    "Preview",
    "Priority",
    "Progress",
    "Protocol",
    "Queued",
    "Raster",
    "Reconnecting",
    "Refused",
    "Region",
    "Result",
    "Samples",
    "Search",
    "Selection",
    "Session",
    "SfumatoError",
    "Shape",
    "Sides",
    "Softness",
    "Started",
    "State",
    "Stopwatch",
    "Target",
    "Task",
    "Told",
    "Unauthenticated",
    "Unavailable",
    "VersionMismatch",
    "batch",
    "can_be_used",
    "doer",
    "find_endpoint",
    "flatten",
    "join_string",
    "key_of",
    "layer_name",
    "looked_at",
    "make_mask",
    "mark",
    "model_named",
    "named",
    "parse_record",
    "plan",
    "preset_named",
    "preset_title",
    "recipe_title",
    "record",
    "shape",
    "sides_for_aspect",
    "softness",
    "state_dir",
    "tiles",
    "told",
    "unique_name",
    "unused",
    "usable",
]
