import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from sfumato_client.wire import hosts_pb2 as _hosts_pb2
from sfumato_client.wire import jobs_pb2 as _jobs_pb2
from sfumato_client.wire import models_pb2 as _models_pb2
from sfumato_client.wire import parameters_pb2 as _parameters_pb2
from sfumato_client.wire import pixels_pb2 as _pixels_pb2
from sfumato_client.wire import segment_pb2 as _segment_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Priority(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    PRIORITY_UNSPECIFIED: _ClassVar[Priority]
    PRIORITY_LIVE: _ClassVar[Priority]
    PRIORITY_INTERACTIVE: _ClassVar[Priority]
    PRIORITY_BATCH: _ClassVar[Priority]

class OnDisconnect(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ON_DISCONNECT_UNSPECIFIED: _ClassVar[OnDisconnect]
    ON_DISCONNECT_KEEP: _ClassVar[OnDisconnect]
    ON_DISCONNECT_CANCEL: _ClassVar[OnDisconnect]
PRIORITY_UNSPECIFIED: Priority
PRIORITY_LIVE: Priority
PRIORITY_INTERACTIVE: Priority
PRIORITY_BATCH: Priority
ON_DISCONNECT_UNSPECIFIED: OnDisconnect
ON_DISCONNECT_KEEP: OnDisconnect
ON_DISCONNECT_CANCEL: OnDisconnect

class ProtocolVersion(_message.Message):
    __slots__ = ("major", "minor")
    MAJOR_FIELD_NUMBER: _ClassVar[int]
    MINOR_FIELD_NUMBER: _ClassVar[int]
    major: int
    minor: int
    def __init__(self, major: _Optional[int] = ..., minor: _Optional[int] = ...) -> None: ...

class GetCapabilitiesRequest(_message.Message):
    __slots__ = ("protocol",)
    PROTOCOL_FIELD_NUMBER: _ClassVar[int]
    protocol: ProtocolVersion
    def __init__(self, protocol: _Optional[_Union[ProtocolVersion, _Mapping]] = ...) -> None: ...

class Engine(_message.Message):
    __slots__ = ("name", "operations", "gray", "depth", "unavailable")
    NAME_FIELD_NUMBER: _ClassVar[int]
    OPERATIONS_FIELD_NUMBER: _ClassVar[int]
    GRAY_FIELD_NUMBER: _ClassVar[int]
    DEPTH_FIELD_NUMBER: _ClassVar[int]
    UNAVAILABLE_FIELD_NUMBER: _ClassVar[int]
    name: str
    operations: _containers.RepeatedScalarFieldContainer[_parameters_pb2.Operation]
    gray: _containers.RepeatedScalarFieldContainer[_parameters_pb2.GrayMeaning]
    depth: _pixels_pb2.Depth
    unavailable: str
    def __init__(self, name: _Optional[str] = ..., operations: _Optional[_Iterable[_Union[_parameters_pb2.Operation, str]]] = ..., gray: _Optional[_Iterable[_Union[_parameters_pb2.GrayMeaning, str]]] = ..., depth: _Optional[_Union[_pixels_pb2.Depth, str]] = ..., unavailable: _Optional[str] = ...) -> None: ...

class Limits(_message.Message):
    __slots__ = ("window_pixels", "edit_pixels", "regions", "upload_bytes", "chunk_bytes", "prompt_characters", "queued_jobs")
    WINDOW_PIXELS_FIELD_NUMBER: _ClassVar[int]
    EDIT_PIXELS_FIELD_NUMBER: _ClassVar[int]
    REGIONS_FIELD_NUMBER: _ClassVar[int]
    UPLOAD_BYTES_FIELD_NUMBER: _ClassVar[int]
    CHUNK_BYTES_FIELD_NUMBER: _ClassVar[int]
    PROMPT_CHARACTERS_FIELD_NUMBER: _ClassVar[int]
    QUEUED_JOBS_FIELD_NUMBER: _ClassVar[int]
    window_pixels: int
    edit_pixels: int
    regions: int
    upload_bytes: int
    chunk_bytes: int
    prompt_characters: int
    queued_jobs: int
    def __init__(self, window_pixels: _Optional[int] = ..., edit_pixels: _Optional[int] = ..., regions: _Optional[int] = ..., upload_bytes: _Optional[int] = ..., chunk_bytes: _Optional[int] = ..., prompt_characters: _Optional[int] = ..., queued_jobs: _Optional[int] = ...) -> None: ...

class GetCapabilitiesResponse(_message.Message):
    __slots__ = ("protocol", "version", "engines", "limits", "codecs", "operations", "admin", "notices")
    PROTOCOL_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    ENGINES_FIELD_NUMBER: _ClassVar[int]
    LIMITS_FIELD_NUMBER: _ClassVar[int]
    CODECS_FIELD_NUMBER: _ClassVar[int]
    OPERATIONS_FIELD_NUMBER: _ClassVar[int]
    ADMIN_FIELD_NUMBER: _ClassVar[int]
    NOTICES_FIELD_NUMBER: _ClassVar[int]
    protocol: ProtocolVersion
    version: str
    engines: _containers.RepeatedCompositeFieldContainer[Engine]
    limits: Limits
    codecs: _containers.RepeatedScalarFieldContainer[_pixels_pb2.Codec]
    operations: _containers.RepeatedScalarFieldContainer[_parameters_pb2.Operation]
    admin: bool
    notices: _containers.RepeatedCompositeFieldContainer[Notice]
    def __init__(self, protocol: _Optional[_Union[ProtocolVersion, _Mapping]] = ..., version: _Optional[str] = ..., engines: _Optional[_Iterable[_Union[Engine, _Mapping]]] = ..., limits: _Optional[_Union[Limits, _Mapping]] = ..., codecs: _Optional[_Iterable[_Union[_pixels_pb2.Codec, str]]] = ..., operations: _Optional[_Iterable[_Union[_parameters_pb2.Operation, str]]] = ..., admin: bool = ..., notices: _Optional[_Iterable[_Union[Notice, _Mapping]]] = ...) -> None: ...

class Client(_message.Message):
    __slots__ = ("id", "name", "version")
    ID_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    id: str
    name: str
    version: str
    def __init__(self, id: _Optional[str] = ..., name: _Optional[str] = ..., version: _Optional[str] = ...) -> None: ...

class Region(_message.Message):
    __slots__ = ("window", "core", "picture", "selection", "mask")
    WINDOW_FIELD_NUMBER: _ClassVar[int]
    CORE_FIELD_NUMBER: _ClassVar[int]
    PICTURE_FIELD_NUMBER: _ClassVar[int]
    SELECTION_FIELD_NUMBER: _ClassVar[int]
    MASK_FIELD_NUMBER: _ClassVar[int]
    window: _pixels_pb2.Bounds
    core: _pixels_pb2.Bounds
    picture: int
    selection: int
    mask: int
    def __init__(self, window: _Optional[_Union[_pixels_pb2.Bounds, _Mapping]] = ..., core: _Optional[_Union[_pixels_pb2.Bounds, _Mapping]] = ..., picture: _Optional[int] = ..., selection: _Optional[int] = ..., mask: _Optional[int] = ...) -> None: ...

class StoredInput(_message.Message):
    __slots__ = ("job_id", "repeat")
    JOB_ID_FIELD_NUMBER: _ClassVar[int]
    REPEAT_FIELD_NUMBER: _ClassVar[int]
    job_id: str
    repeat: bool
    def __init__(self, job_id: _Optional[str] = ..., repeat: bool = ...) -> None: ...

class ResultFormat(_message.Message):
    __slots__ = ("depth", "codecs", "preview_side")
    DEPTH_FIELD_NUMBER: _ClassVar[int]
    CODECS_FIELD_NUMBER: _ClassVar[int]
    PREVIEW_SIDE_FIELD_NUMBER: _ClassVar[int]
    depth: _pixels_pb2.Depth
    codecs: _containers.RepeatedScalarFieldContainer[_pixels_pb2.Codec]
    preview_side: int
    def __init__(self, depth: _Optional[_Union[_pixels_pb2.Depth, str]] = ..., codecs: _Optional[_Iterable[_Union[_pixels_pb2.Codec, str]]] = ..., preview_side: _Optional[int] = ...) -> None: ...

class InpaintHeader(_message.Message):
    __slots__ = ("protocol", "request_id", "client", "canvas", "planes", "regions", "stored_input", "parameters", "stages", "outpaint", "priority", "on_disconnect", "result", "private", "traceparent", "title")
    PROTOCOL_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    CLIENT_FIELD_NUMBER: _ClassVar[int]
    CANVAS_FIELD_NUMBER: _ClassVar[int]
    PLANES_FIELD_NUMBER: _ClassVar[int]
    REGIONS_FIELD_NUMBER: _ClassVar[int]
    STORED_INPUT_FIELD_NUMBER: _ClassVar[int]
    PARAMETERS_FIELD_NUMBER: _ClassVar[int]
    STAGES_FIELD_NUMBER: _ClassVar[int]
    OUTPAINT_FIELD_NUMBER: _ClassVar[int]
    PRIORITY_FIELD_NUMBER: _ClassVar[int]
    ON_DISCONNECT_FIELD_NUMBER: _ClassVar[int]
    RESULT_FIELD_NUMBER: _ClassVar[int]
    PRIVATE_FIELD_NUMBER: _ClassVar[int]
    TRACEPARENT_FIELD_NUMBER: _ClassVar[int]
    TITLE_FIELD_NUMBER: _ClassVar[int]
    protocol: ProtocolVersion
    request_id: str
    client: Client
    canvas: _pixels_pb2.Extent
    planes: _containers.RepeatedCompositeFieldContainer[_pixels_pb2.Plane]
    regions: Regions
    stored_input: StoredInput
    parameters: _parameters_pb2.Parameters
    stages: _containers.RepeatedCompositeFieldContainer[_parameters_pb2.Stage]
    outpaint: _parameters_pb2.Outpaint
    priority: Priority
    on_disconnect: OnDisconnect
    result: ResultFormat
    private: bool
    traceparent: str
    title: str
    def __init__(self, protocol: _Optional[_Union[ProtocolVersion, _Mapping]] = ..., request_id: _Optional[str] = ..., client: _Optional[_Union[Client, _Mapping]] = ..., canvas: _Optional[_Union[_pixels_pb2.Extent, _Mapping]] = ..., planes: _Optional[_Iterable[_Union[_pixels_pb2.Plane, _Mapping]]] = ..., regions: _Optional[_Union[Regions, _Mapping]] = ..., stored_input: _Optional[_Union[StoredInput, _Mapping]] = ..., parameters: _Optional[_Union[_parameters_pb2.Parameters, _Mapping]] = ..., stages: _Optional[_Iterable[_Union[_parameters_pb2.Stage, _Mapping]]] = ..., outpaint: _Optional[_Union[_parameters_pb2.Outpaint, _Mapping]] = ..., priority: _Optional[_Union[Priority, str]] = ..., on_disconnect: _Optional[_Union[OnDisconnect, str]] = ..., result: _Optional[_Union[ResultFormat, _Mapping]] = ..., private: bool = ..., traceparent: _Optional[str] = ..., title: _Optional[str] = ...) -> None: ...

class Regions(_message.Message):
    __slots__ = ("regions",)
    REGIONS_FIELD_NUMBER: _ClassVar[int]
    regions: _containers.RepeatedCompositeFieldContainer[Region]
    def __init__(self, regions: _Optional[_Iterable[_Union[Region, _Mapping]]] = ...) -> None: ...

class InpaintRequest(_message.Message):
    __slots__ = ("header", "chunk")
    HEADER_FIELD_NUMBER: _ClassVar[int]
    CHUNK_FIELD_NUMBER: _ClassVar[int]
    header: InpaintHeader
    chunk: _pixels_pb2.PixelChunk
    def __init__(self, header: _Optional[_Union[InpaintHeader, _Mapping]] = ..., chunk: _Optional[_Union[_pixels_pb2.PixelChunk, _Mapping]] = ...) -> None: ...

class InpaintEvent(_message.Message):
    __slots__ = ("accepted", "queued", "started", "progress", "preview", "notice", "result", "chunk", "done")
    ACCEPTED_FIELD_NUMBER: _ClassVar[int]
    QUEUED_FIELD_NUMBER: _ClassVar[int]
    STARTED_FIELD_NUMBER: _ClassVar[int]
    PROGRESS_FIELD_NUMBER: _ClassVar[int]
    PREVIEW_FIELD_NUMBER: _ClassVar[int]
    NOTICE_FIELD_NUMBER: _ClassVar[int]
    RESULT_FIELD_NUMBER: _ClassVar[int]
    CHUNK_FIELD_NUMBER: _ClassVar[int]
    DONE_FIELD_NUMBER: _ClassVar[int]
    accepted: Accepted
    queued: Queued
    started: Started
    progress: Progress
    preview: Preview
    notice: Notice
    result: Result
    chunk: _pixels_pb2.PixelChunk
    done: Done
    def __init__(self, accepted: _Optional[_Union[Accepted, _Mapping]] = ..., queued: _Optional[_Union[Queued, _Mapping]] = ..., started: _Optional[_Union[Started, _Mapping]] = ..., progress: _Optional[_Union[Progress, _Mapping]] = ..., preview: _Optional[_Union[Preview, _Mapping]] = ..., notice: _Optional[_Union[Notice, _Mapping]] = ..., result: _Optional[_Union[Result, _Mapping]] = ..., chunk: _Optional[_Union[_pixels_pb2.PixelChunk, _Mapping]] = ..., done: _Optional[_Union[Done, _Mapping]] = ...) -> None: ...

class Accepted(_message.Message):
    __slots__ = ("job_id", "existing")
    JOB_ID_FIELD_NUMBER: _ClassVar[int]
    EXISTING_FIELD_NUMBER: _ClassVar[int]
    job_id: str
    existing: bool
    def __init__(self, job_id: _Optional[str] = ..., existing: bool = ...) -> None: ...

class Queued(_message.Message):
    __slots__ = ("position", "eta_seconds")
    POSITION_FIELD_NUMBER: _ClassVar[int]
    ETA_SECONDS_FIELD_NUMBER: _ClassVar[int]
    position: int
    eta_seconds: float
    def __init__(self, position: _Optional[int] = ..., eta_seconds: _Optional[float] = ...) -> None: ...

class Started(_message.Message):
    __slots__ = ("engine", "model")
    ENGINE_FIELD_NUMBER: _ClassVar[int]
    MODEL_FIELD_NUMBER: _ClassVar[int]
    engine: str
    model: str
    def __init__(self, engine: _Optional[str] = ..., model: _Optional[str] = ...) -> None: ...

class Progress(_message.Message):
    __slots__ = ("step", "steps", "eta_seconds", "phase")
    STEP_FIELD_NUMBER: _ClassVar[int]
    STEPS_FIELD_NUMBER: _ClassVar[int]
    ETA_SECONDS_FIELD_NUMBER: _ClassVar[int]
    PHASE_FIELD_NUMBER: _ClassVar[int]
    step: int
    steps: int
    eta_seconds: float
    phase: str
    def __init__(self, step: _Optional[int] = ..., steps: _Optional[int] = ..., eta_seconds: _Optional[float] = ..., phase: _Optional[str] = ...) -> None: ...

class Preview(_message.Message):
    __slots__ = ("image", "bounds", "variation", "draft")
    IMAGE_FIELD_NUMBER: _ClassVar[int]
    BOUNDS_FIELD_NUMBER: _ClassVar[int]
    VARIATION_FIELD_NUMBER: _ClassVar[int]
    DRAFT_FIELD_NUMBER: _ClassVar[int]
    image: bytes
    bounds: _pixels_pb2.Bounds
    variation: int
    draft: bool
    def __init__(self, image: _Optional[bytes] = ..., bounds: _Optional[_Union[_pixels_pb2.Bounds, _Mapping]] = ..., variation: _Optional[int] = ..., draft: bool = ...) -> None: ...

class Notice(_message.Message):
    __slots__ = ("code", "message")
    CODE_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    code: str
    message: str
    def __init__(self, code: _Optional[str] = ..., message: _Optional[str] = ...) -> None: ...

class ResultPlane(_message.Message):
    __slots__ = ("region", "role", "plane", "bounds")
    class Role(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        ROLE_UNSPECIFIED: _ClassVar[ResultPlane.Role]
        ROLE_COLOR: _ClassVar[ResultPlane.Role]
        ROLE_MASK: _ClassVar[ResultPlane.Role]
    ROLE_UNSPECIFIED: ResultPlane.Role
    ROLE_COLOR: ResultPlane.Role
    ROLE_MASK: ResultPlane.Role
    REGION_FIELD_NUMBER: _ClassVar[int]
    ROLE_FIELD_NUMBER: _ClassVar[int]
    PLANE_FIELD_NUMBER: _ClassVar[int]
    BOUNDS_FIELD_NUMBER: _ClassVar[int]
    region: int
    role: ResultPlane.Role
    plane: _pixels_pb2.Plane
    bounds: _pixels_pb2.Bounds
    def __init__(self, region: _Optional[int] = ..., role: _Optional[_Union[ResultPlane.Role, str]] = ..., plane: _Optional[_Union[_pixels_pb2.Plane, _Mapping]] = ..., bounds: _Optional[_Union[_pixels_pb2.Bounds, _Mapping]] = ...) -> None: ...

class Result(_message.Message):
    __slots__ = ("variation", "seed", "planes", "stage")
    VARIATION_FIELD_NUMBER: _ClassVar[int]
    SEED_FIELD_NUMBER: _ClassVar[int]
    PLANES_FIELD_NUMBER: _ClassVar[int]
    STAGE_FIELD_NUMBER: _ClassVar[int]
    variation: int
    seed: int
    planes: _containers.RepeatedCompositeFieldContainer[ResultPlane]
    stage: str
    def __init__(self, variation: _Optional[int] = ..., seed: _Optional[int] = ..., planes: _Optional[_Iterable[_Union[ResultPlane, _Mapping]]] = ..., stage: _Optional[str] = ...) -> None: ...

class Timings(_message.Message):
    __slots__ = ("receive", "queue", "load", "engine", "compose")
    RECEIVE_FIELD_NUMBER: _ClassVar[int]
    QUEUE_FIELD_NUMBER: _ClassVar[int]
    LOAD_FIELD_NUMBER: _ClassVar[int]
    ENGINE_FIELD_NUMBER: _ClassVar[int]
    COMPOSE_FIELD_NUMBER: _ClassVar[int]
    receive: float
    queue: float
    load: float
    engine: float
    compose: float
    def __init__(self, receive: _Optional[float] = ..., queue: _Optional[float] = ..., load: _Optional[float] = ..., engine: _Optional[float] = ..., compose: _Optional[float] = ...) -> None: ...

class Done(_message.Message):
    __slots__ = ("seed", "resolved", "timings", "done_at")
    SEED_FIELD_NUMBER: _ClassVar[int]
    RESOLVED_FIELD_NUMBER: _ClassVar[int]
    TIMINGS_FIELD_NUMBER: _ClassVar[int]
    DONE_AT_FIELD_NUMBER: _ClassVar[int]
    seed: int
    resolved: _parameters_pb2.Parameters
    timings: Timings
    done_at: _timestamp_pb2.Timestamp
    def __init__(self, seed: _Optional[int] = ..., resolved: _Optional[_Union[_parameters_pb2.Parameters, _Mapping]] = ..., timings: _Optional[_Union[Timings, _Mapping]] = ..., done_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class AttachRequest(_message.Message):
    __slots__ = ("job_id", "on_disconnect", "first_variation", "request_id")
    JOB_ID_FIELD_NUMBER: _ClassVar[int]
    ON_DISCONNECT_FIELD_NUMBER: _ClassVar[int]
    FIRST_VARIATION_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    job_id: str
    on_disconnect: OnDisconnect
    first_variation: int
    request_id: str
    def __init__(self, job_id: _Optional[str] = ..., on_disconnect: _Optional[_Union[OnDisconnect, str]] = ..., first_variation: _Optional[int] = ..., request_id: _Optional[str] = ...) -> None: ...

class CancelRequest(_message.Message):
    __slots__ = ("job_id",)
    JOB_ID_FIELD_NUMBER: _ClassVar[int]
    job_id: str
    def __init__(self, job_id: _Optional[str] = ...) -> None: ...

class CancelResponse(_message.Message):
    __slots__ = ("state",)
    STATE_FIELD_NUMBER: _ClassVar[int]
    state: _jobs_pb2.JobState
    def __init__(self, state: _Optional[_Union[_jobs_pb2.JobState, str]] = ...) -> None: ...

class ReportInsertionRequest(_message.Message):
    __slots__ = ("job_id", "asked_seconds", "sent_seconds", "inserting_seconds")
    JOB_ID_FIELD_NUMBER: _ClassVar[int]
    ASKED_SECONDS_FIELD_NUMBER: _ClassVar[int]
    SENT_SECONDS_FIELD_NUMBER: _ClassVar[int]
    INSERTING_SECONDS_FIELD_NUMBER: _ClassVar[int]
    job_id: str
    asked_seconds: float
    sent_seconds: float
    inserting_seconds: float
    def __init__(self, job_id: _Optional[str] = ..., asked_seconds: _Optional[float] = ..., sent_seconds: _Optional[float] = ..., inserting_seconds: _Optional[float] = ...) -> None: ...

class ReportInsertionResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...
