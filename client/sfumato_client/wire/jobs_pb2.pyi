import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from sfumato_client.wire import parameters_pb2 as _parameters_pb2
from sfumato_client.wire import pixels_pb2 as _pixels_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class JobState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    JOB_STATE_UNSPECIFIED: _ClassVar[JobState]
    JOB_STATE_QUEUED: _ClassVar[JobState]
    JOB_STATE_PAUSED: _ClassVar[JobState]
    JOB_STATE_RUNNING: _ClassVar[JobState]
    JOB_STATE_DONE: _ClassVar[JobState]
    JOB_STATE_FAILED: _ClassVar[JobState]
    JOB_STATE_CANCELLED: _ClassVar[JobState]
JOB_STATE_UNSPECIFIED: JobState
JOB_STATE_QUEUED: JobState
JOB_STATE_PAUSED: JobState
JOB_STATE_RUNNING: JobState
JOB_STATE_DONE: JobState
JOB_STATE_FAILED: JobState
JOB_STATE_CANCELLED: JobState

class JobSummary(_message.Message):
    __slots__ = ("job_id", "state", "title", "client", "engine", "model", "created_at", "started_at", "ended_at", "error", "bounds", "inputs_kept", "results_kept")
    JOB_ID_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    TITLE_FIELD_NUMBER: _ClassVar[int]
    CLIENT_FIELD_NUMBER: _ClassVar[int]
    ENGINE_FIELD_NUMBER: _ClassVar[int]
    MODEL_FIELD_NUMBER: _ClassVar[int]
    CREATED_AT_FIELD_NUMBER: _ClassVar[int]
    STARTED_AT_FIELD_NUMBER: _ClassVar[int]
    ENDED_AT_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    BOUNDS_FIELD_NUMBER: _ClassVar[int]
    INPUTS_KEPT_FIELD_NUMBER: _ClassVar[int]
    RESULTS_KEPT_FIELD_NUMBER: _ClassVar[int]
    job_id: str
    state: JobState
    title: str
    client: str
    engine: str
    model: str
    created_at: _timestamp_pb2.Timestamp
    started_at: _timestamp_pb2.Timestamp
    ended_at: _timestamp_pb2.Timestamp
    error: str
    bounds: _pixels_pb2.Bounds
    inputs_kept: bool
    results_kept: bool
    def __init__(self, job_id: _Optional[str] = ..., state: _Optional[_Union[JobState, str]] = ..., title: _Optional[str] = ..., client: _Optional[str] = ..., engine: _Optional[str] = ..., model: _Optional[str] = ..., created_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., started_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., ended_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., error: _Optional[str] = ..., bounds: _Optional[_Union[_pixels_pb2.Bounds, _Mapping]] = ..., inputs_kept: bool = ..., results_kept: bool = ...) -> None: ...

class QueueEntry(_message.Message):
    __slots__ = ("job_id", "state", "position", "eta_seconds", "mine", "title", "step", "steps", "model", "priority", "owner", "seconds_in_state", "phase")
    JOB_ID_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    POSITION_FIELD_NUMBER: _ClassVar[int]
    ETA_SECONDS_FIELD_NUMBER: _ClassVar[int]
    MINE_FIELD_NUMBER: _ClassVar[int]
    TITLE_FIELD_NUMBER: _ClassVar[int]
    STEP_FIELD_NUMBER: _ClassVar[int]
    STEPS_FIELD_NUMBER: _ClassVar[int]
    MODEL_FIELD_NUMBER: _ClassVar[int]
    PRIORITY_FIELD_NUMBER: _ClassVar[int]
    OWNER_FIELD_NUMBER: _ClassVar[int]
    SECONDS_IN_STATE_FIELD_NUMBER: _ClassVar[int]
    PHASE_FIELD_NUMBER: _ClassVar[int]
    job_id: str
    state: JobState
    position: int
    eta_seconds: float
    mine: bool
    title: str
    step: int
    steps: int
    model: str
    priority: str
    owner: str
    seconds_in_state: float
    phase: str
    def __init__(self, job_id: _Optional[str] = ..., state: _Optional[_Union[JobState, str]] = ..., position: _Optional[int] = ..., eta_seconds: _Optional[float] = ..., mine: bool = ..., title: _Optional[str] = ..., step: _Optional[int] = ..., steps: _Optional[int] = ..., model: _Optional[str] = ..., priority: _Optional[str] = ..., owner: _Optional[str] = ..., seconds_in_state: _Optional[float] = ..., phase: _Optional[str] = ...) -> None: ...

class Device(_message.Message):
    __slots__ = ("name", "running", "memory_bytes", "memory_used_bytes", "models", "busy", "batch", "loaded")
    NAME_FIELD_NUMBER: _ClassVar[int]
    RUNNING_FIELD_NUMBER: _ClassVar[int]
    MEMORY_BYTES_FIELD_NUMBER: _ClassVar[int]
    MEMORY_USED_BYTES_FIELD_NUMBER: _ClassVar[int]
    MODELS_FIELD_NUMBER: _ClassVar[int]
    BUSY_FIELD_NUMBER: _ClassVar[int]
    BATCH_FIELD_NUMBER: _ClassVar[int]
    LOADED_FIELD_NUMBER: _ClassVar[int]
    name: str
    running: int
    memory_bytes: int
    memory_used_bytes: int
    models: _containers.RepeatedScalarFieldContainer[str]
    busy: float
    batch: int
    loaded: _containers.RepeatedCompositeFieldContainer[LoadedModel]
    def __init__(self, name: _Optional[str] = ..., running: _Optional[int] = ..., memory_bytes: _Optional[int] = ..., memory_used_bytes: _Optional[int] = ..., models: _Optional[_Iterable[str]] = ..., busy: _Optional[float] = ..., batch: _Optional[int] = ..., loaded: _Optional[_Iterable[_Union[LoadedModel, _Mapping]]] = ...) -> None: ...

class LoadedModel(_message.Message):
    __slots__ = ("name", "memory_bytes")
    NAME_FIELD_NUMBER: _ClassVar[int]
    MEMORY_BYTES_FIELD_NUMBER: _ClassVar[int]
    name: str
    memory_bytes: int
    def __init__(self, name: _Optional[str] = ..., memory_bytes: _Optional[int] = ...) -> None: ...

class WatchQueueRequest(_message.Message):
    __slots__ = ("once",)
    ONCE_FIELD_NUMBER: _ClassVar[int]
    once: bool
    def __init__(self, once: bool = ...) -> None: ...

class WatchQueueResponse(_message.Message):
    __slots__ = ("entries", "devices", "draining", "paused")
    ENTRIES_FIELD_NUMBER: _ClassVar[int]
    DEVICES_FIELD_NUMBER: _ClassVar[int]
    DRAINING_FIELD_NUMBER: _ClassVar[int]
    PAUSED_FIELD_NUMBER: _ClassVar[int]
    entries: _containers.RepeatedCompositeFieldContainer[QueueEntry]
    devices: _containers.RepeatedCompositeFieldContainer[Device]
    draining: bool
    paused: bool
    def __init__(self, entries: _Optional[_Iterable[_Union[QueueEntry, _Mapping]]] = ..., devices: _Optional[_Iterable[_Union[Device, _Mapping]]] = ..., draining: bool = ..., paused: bool = ...) -> None: ...

class ListJobsRequest(_message.Message):
    __slots__ = ("page_size", "page_token", "states")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    STATES_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    states: _containers.RepeatedScalarFieldContainer[JobState]
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., states: _Optional[_Iterable[_Union[JobState, str]]] = ...) -> None: ...

class ListJobsResponse(_message.Message):
    __slots__ = ("jobs", "next_page_token")
    JOBS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    jobs: _containers.RepeatedCompositeFieldContainer[JobSummary]
    next_page_token: str
    def __init__(self, jobs: _Optional[_Iterable[_Union[JobSummary, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class GetJobRequest(_message.Message):
    __slots__ = ("job_id",)
    JOB_ID_FIELD_NUMBER: _ClassVar[int]
    job_id: str
    def __init__(self, job_id: _Optional[str] = ...) -> None: ...

class GetJobResponse(_message.Message):
    __slots__ = ("summary", "requested", "resolved", "canvas", "environment", "result_digests", "inputs_digest", "seeds", "seconds", "notices", "private", "stages")
    class EnvironmentEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    class SecondsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: float
        def __init__(self, key: _Optional[str] = ..., value: _Optional[float] = ...) -> None: ...
    SUMMARY_FIELD_NUMBER: _ClassVar[int]
    REQUESTED_FIELD_NUMBER: _ClassVar[int]
    RESOLVED_FIELD_NUMBER: _ClassVar[int]
    CANVAS_FIELD_NUMBER: _ClassVar[int]
    ENVIRONMENT_FIELD_NUMBER: _ClassVar[int]
    RESULT_DIGESTS_FIELD_NUMBER: _ClassVar[int]
    INPUTS_DIGEST_FIELD_NUMBER: _ClassVar[int]
    SEEDS_FIELD_NUMBER: _ClassVar[int]
    SECONDS_FIELD_NUMBER: _ClassVar[int]
    NOTICES_FIELD_NUMBER: _ClassVar[int]
    PRIVATE_FIELD_NUMBER: _ClassVar[int]
    STAGES_FIELD_NUMBER: _ClassVar[int]
    summary: JobSummary
    requested: _parameters_pb2.Parameters
    resolved: _parameters_pb2.Parameters
    canvas: _pixels_pb2.Extent
    environment: _containers.ScalarMap[str, str]
    result_digests: _containers.RepeatedScalarFieldContainer[str]
    inputs_digest: str
    seeds: _containers.RepeatedScalarFieldContainer[int]
    seconds: _containers.ScalarMap[str, float]
    notices: _containers.RepeatedScalarFieldContainer[str]
    private: bool
    stages: _containers.RepeatedCompositeFieldContainer[_parameters_pb2.Stage]
    def __init__(self, summary: _Optional[_Union[JobSummary, _Mapping]] = ..., requested: _Optional[_Union[_parameters_pb2.Parameters, _Mapping]] = ..., resolved: _Optional[_Union[_parameters_pb2.Parameters, _Mapping]] = ..., canvas: _Optional[_Union[_pixels_pb2.Extent, _Mapping]] = ..., environment: _Optional[_Mapping[str, str]] = ..., result_digests: _Optional[_Iterable[str]] = ..., inputs_digest: _Optional[str] = ..., seeds: _Optional[_Iterable[int]] = ..., seconds: _Optional[_Mapping[str, float]] = ..., notices: _Optional[_Iterable[str]] = ..., private: bool = ..., stages: _Optional[_Iterable[_Union[_parameters_pb2.Stage, _Mapping]]] = ...) -> None: ...

class ReadJobRequest(_message.Message):
    __slots__ = ("job_id", "inputs", "results")
    JOB_ID_FIELD_NUMBER: _ClassVar[int]
    INPUTS_FIELD_NUMBER: _ClassVar[int]
    RESULTS_FIELD_NUMBER: _ClassVar[int]
    job_id: str
    inputs: bool
    results: bool
    def __init__(self, job_id: _Optional[str] = ..., inputs: bool = ..., results: bool = ...) -> None: ...

class StoredPlane(_message.Message):
    __slots__ = ("role", "index", "variation", "plane", "bounds")
    ROLE_FIELD_NUMBER: _ClassVar[int]
    INDEX_FIELD_NUMBER: _ClassVar[int]
    VARIATION_FIELD_NUMBER: _ClassVar[int]
    PLANE_FIELD_NUMBER: _ClassVar[int]
    BOUNDS_FIELD_NUMBER: _ClassVar[int]
    role: str
    index: int
    variation: int
    plane: _pixels_pb2.Plane
    bounds: _pixels_pb2.Bounds
    def __init__(self, role: _Optional[str] = ..., index: _Optional[int] = ..., variation: _Optional[int] = ..., plane: _Optional[_Union[_pixels_pb2.Plane, _Mapping]] = ..., bounds: _Optional[_Union[_pixels_pb2.Bounds, _Mapping]] = ...) -> None: ...

class ReadJobResponse(_message.Message):
    __slots__ = ("plane", "chunk")
    PLANE_FIELD_NUMBER: _ClassVar[int]
    CHUNK_FIELD_NUMBER: _ClassVar[int]
    plane: StoredPlane
    chunk: _pixels_pb2.PixelChunk
    def __init__(self, plane: _Optional[_Union[StoredPlane, _Mapping]] = ..., chunk: _Optional[_Union[_pixels_pb2.PixelChunk, _Mapping]] = ...) -> None: ...

class ForgetJobsRequest(_message.Message):
    __slots__ = ("job_id", "before", "all")
    JOB_ID_FIELD_NUMBER: _ClassVar[int]
    BEFORE_FIELD_NUMBER: _ClassVar[int]
    ALL_FIELD_NUMBER: _ClassVar[int]
    job_id: str
    before: _timestamp_pb2.Timestamp
    all: bool
    def __init__(self, job_id: _Optional[str] = ..., before: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., all: bool = ...) -> None: ...

class ForgetJobsResponse(_message.Message):
    __slots__ = ("forgotten",)
    FORGOTTEN_FIELD_NUMBER: _ClassVar[int]
    forgotten: int
    def __init__(self, forgotten: _Optional[int] = ...) -> None: ...

class UpdateJobRequest(_message.Message):
    __slots__ = ("job_id", "paused", "move_before")
    JOB_ID_FIELD_NUMBER: _ClassVar[int]
    PAUSED_FIELD_NUMBER: _ClassVar[int]
    MOVE_BEFORE_FIELD_NUMBER: _ClassVar[int]
    job_id: str
    paused: bool
    move_before: str
    def __init__(self, job_id: _Optional[str] = ..., paused: bool = ..., move_before: _Optional[str] = ...) -> None: ...

class UpdateJobResponse(_message.Message):
    __slots__ = ("summary",)
    SUMMARY_FIELD_NUMBER: _ClassVar[int]
    summary: JobSummary
    def __init__(self, summary: _Optional[_Union[JobSummary, _Mapping]] = ...) -> None: ...

class UpdateDaemonRequest(_message.Message):
    __slots__ = ("paused", "draining")
    PAUSED_FIELD_NUMBER: _ClassVar[int]
    DRAINING_FIELD_NUMBER: _ClassVar[int]
    paused: bool
    draining: bool
    def __init__(self, paused: bool = ..., draining: bool = ...) -> None: ...

class UpdateDaemonResponse(_message.Message):
    __slots__ = ("paused", "draining")
    PAUSED_FIELD_NUMBER: _ClassVar[int]
    DRAINING_FIELD_NUMBER: _ClassVar[int]
    paused: bool
    draining: bool
    def __init__(self, paused: bool = ..., draining: bool = ...) -> None: ...
