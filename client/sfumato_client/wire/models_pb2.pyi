from sfumato_client.wire import parameters_pb2 as _parameters_pb2
from sfumato_client.wire import pixels_pb2 as _pixels_pb2
from sfumato_client.wire import segment_pb2 as _segment_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ListModelsRequest(_message.Message):
    __slots__ = ("include_available",)
    INCLUDE_AVAILABLE_FIELD_NUMBER: _ClassVar[int]
    include_available: bool
    def __init__(self, include_available: bool = ...) -> None: ...

class Defaults(_message.Message):
    __slots__ = ("steps", "guidance", "guidance_max", "strength", "scheduler")
    STEPS_FIELD_NUMBER: _ClassVar[int]
    GUIDANCE_FIELD_NUMBER: _ClassVar[int]
    GUIDANCE_MAX_FIELD_NUMBER: _ClassVar[int]
    STRENGTH_FIELD_NUMBER: _ClassVar[int]
    SCHEDULER_FIELD_NUMBER: _ClassVar[int]
    steps: int
    guidance: float
    guidance_max: float
    strength: float
    scheduler: _parameters_pb2.Scheduler
    def __init__(self, steps: _Optional[int] = ..., guidance: _Optional[float] = ..., guidance_max: _Optional[float] = ..., strength: _Optional[float] = ..., scheduler: _Optional[_Union[_parameters_pb2.Scheduler, str]] = ...) -> None: ...

class Model(_message.Message):
    __slots__ = ("name", "title", "engine", "family", "installed", "loaded", "native_area", "buckets", "operations", "gray", "schedulers", "controls", "references", "negative_prompt", "strength", "defaults", "license", "vram_bytes")
    NAME_FIELD_NUMBER: _ClassVar[int]
    TITLE_FIELD_NUMBER: _ClassVar[int]
    ENGINE_FIELD_NUMBER: _ClassVar[int]
    FAMILY_FIELD_NUMBER: _ClassVar[int]
    INSTALLED_FIELD_NUMBER: _ClassVar[int]
    LOADED_FIELD_NUMBER: _ClassVar[int]
    NATIVE_AREA_FIELD_NUMBER: _ClassVar[int]
    BUCKETS_FIELD_NUMBER: _ClassVar[int]
    OPERATIONS_FIELD_NUMBER: _ClassVar[int]
    GRAY_FIELD_NUMBER: _ClassVar[int]
    SCHEDULERS_FIELD_NUMBER: _ClassVar[int]
    CONTROLS_FIELD_NUMBER: _ClassVar[int]
    REFERENCES_FIELD_NUMBER: _ClassVar[int]
    NEGATIVE_PROMPT_FIELD_NUMBER: _ClassVar[int]
    STRENGTH_FIELD_NUMBER: _ClassVar[int]
    DEFAULTS_FIELD_NUMBER: _ClassVar[int]
    LICENSE_FIELD_NUMBER: _ClassVar[int]
    VRAM_BYTES_FIELD_NUMBER: _ClassVar[int]
    name: str
    title: str
    engine: str
    family: str
    installed: bool
    loaded: bool
    native_area: int
    buckets: _containers.RepeatedCompositeFieldContainer[_pixels_pb2.Extent]
    operations: _containers.RepeatedScalarFieldContainer[_parameters_pb2.Operation]
    gray: _containers.RepeatedScalarFieldContainer[_parameters_pb2.GrayMeaning]
    schedulers: _containers.RepeatedScalarFieldContainer[_parameters_pb2.Scheduler]
    controls: _containers.RepeatedScalarFieldContainer[_parameters_pb2.ControlImage.Kind]
    references: bool
    negative_prompt: bool
    strength: bool
    defaults: Defaults
    license: str
    vram_bytes: int
    def __init__(self, name: _Optional[str] = ..., title: _Optional[str] = ..., engine: _Optional[str] = ..., family: _Optional[str] = ..., installed: bool = ..., loaded: bool = ..., native_area: _Optional[int] = ..., buckets: _Optional[_Iterable[_Union[_pixels_pb2.Extent, _Mapping]]] = ..., operations: _Optional[_Iterable[_Union[_parameters_pb2.Operation, str]]] = ..., gray: _Optional[_Iterable[_Union[_parameters_pb2.GrayMeaning, str]]] = ..., schedulers: _Optional[_Iterable[_Union[_parameters_pb2.Scheduler, str]]] = ..., controls: _Optional[_Iterable[_Union[_parameters_pb2.ControlImage.Kind, str]]] = ..., references: bool = ..., negative_prompt: bool = ..., strength: bool = ..., defaults: _Optional[_Union[Defaults, _Mapping]] = ..., license: _Optional[str] = ..., vram_bytes: _Optional[int] = ...) -> None: ...

class Preset(_message.Message):
    __slots__ = ("name", "title", "parameters", "stages", "description", "models", "grow", "feather", "own")
    NAME_FIELD_NUMBER: _ClassVar[int]
    TITLE_FIELD_NUMBER: _ClassVar[int]
    PARAMETERS_FIELD_NUMBER: _ClassVar[int]
    STAGES_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    MODELS_FIELD_NUMBER: _ClassVar[int]
    GROW_FIELD_NUMBER: _ClassVar[int]
    FEATHER_FIELD_NUMBER: _ClassVar[int]
    OWN_FIELD_NUMBER: _ClassVar[int]
    name: str
    title: str
    parameters: _parameters_pb2.Parameters
    stages: _containers.RepeatedCompositeFieldContainer[_parameters_pb2.Stage]
    description: str
    models: _containers.RepeatedCompositeFieldContainer[_parameters_pb2.Parameters]
    grow: float
    feather: float
    own: bool
    def __init__(self, name: _Optional[str] = ..., title: _Optional[str] = ..., parameters: _Optional[_Union[_parameters_pb2.Parameters, _Mapping]] = ..., stages: _Optional[_Iterable[_Union[_parameters_pb2.Stage, _Mapping]]] = ..., description: _Optional[str] = ..., models: _Optional[_Iterable[_Union[_parameters_pb2.Parameters, _Mapping]]] = ..., grow: _Optional[float] = ..., feather: _Optional[float] = ..., own: bool = ...) -> None: ...

class LoraModel(_message.Message):
    __slots__ = ("name", "family", "weight")
    NAME_FIELD_NUMBER: _ClassVar[int]
    FAMILY_FIELD_NUMBER: _ClassVar[int]
    WEIGHT_FIELD_NUMBER: _ClassVar[int]
    name: str
    family: str
    weight: float
    def __init__(self, name: _Optional[str] = ..., family: _Optional[str] = ..., weight: _Optional[float] = ...) -> None: ...

class UnusableModel(_message.Message):
    __slots__ = ("name", "reason")
    NAME_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    name: str
    reason: str
    def __init__(self, name: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class ListModelsResponse(_message.Message):
    __slots__ = ("models", "presets", "loras", "default_model", "segmenters", "unusable")
    MODELS_FIELD_NUMBER: _ClassVar[int]
    PRESETS_FIELD_NUMBER: _ClassVar[int]
    LORAS_FIELD_NUMBER: _ClassVar[int]
    DEFAULT_MODEL_FIELD_NUMBER: _ClassVar[int]
    SEGMENTERS_FIELD_NUMBER: _ClassVar[int]
    UNUSABLE_FIELD_NUMBER: _ClassVar[int]
    models: _containers.RepeatedCompositeFieldContainer[Model]
    presets: _containers.RepeatedCompositeFieldContainer[Preset]
    loras: _containers.RepeatedCompositeFieldContainer[LoraModel]
    default_model: str
    segmenters: _containers.RepeatedCompositeFieldContainer[_segment_pb2.Segmenter]
    unusable: _containers.RepeatedCompositeFieldContainer[UnusableModel]
    def __init__(self, models: _Optional[_Iterable[_Union[Model, _Mapping]]] = ..., presets: _Optional[_Iterable[_Union[Preset, _Mapping]]] = ..., loras: _Optional[_Iterable[_Union[LoraModel, _Mapping]]] = ..., default_model: _Optional[str] = ..., segmenters: _Optional[_Iterable[_Union[_segment_pb2.Segmenter, _Mapping]]] = ..., unusable: _Optional[_Iterable[_Union[UnusableModel, _Mapping]]] = ...) -> None: ...
