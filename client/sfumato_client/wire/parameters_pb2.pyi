from sfumato_client.wire import pixels_pb2 as _pixels_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Operation(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    OPERATION_UNSPECIFIED: _ClassVar[Operation]
    OPERATION_REMOVE: _ClassVar[Operation]
    OPERATION_GENERATE: _ClassVar[Operation]
    OPERATION_INSTRUCT: _ClassVar[Operation]

class GrayMeaning(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    GRAY_MEANING_UNSPECIFIED: _ClassVar[GrayMeaning]
    GRAY_MEANING_BLEND: _ClassVar[GrayMeaning]
    GRAY_MEANING_PARTIAL: _ClassVar[GrayMeaning]

class MaskedContent(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    MASKED_CONTENT_UNSPECIFIED: _ClassVar[MaskedContent]
    MASKED_CONTENT_ORIGINAL: _ClassVar[MaskedContent]
    MASKED_CONTENT_BLUR: _ClassVar[MaskedContent]
    MASKED_CONTENT_FILL: _ClassVar[MaskedContent]
    MASKED_CONTENT_NOISE: _ClassVar[MaskedContent]

class Scheduler(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SCHEDULER_UNSPECIFIED: _ClassVar[Scheduler]
    SCHEDULER_DPMPP_2M_SDE: _ClassVar[Scheduler]
    SCHEDULER_DPMPP_2M_KARRAS: _ClassVar[Scheduler]
    SCHEDULER_DDIM: _ClassVar[Scheduler]
    SCHEDULER_EULER: _ClassVar[Scheduler]
    SCHEDULER_EULER_ANCESTRAL: _ClassVar[Scheduler]
    SCHEDULER_UNIPC: _ClassVar[Scheduler]
    SCHEDULER_FLOW_MATCH_EULER: _ClassVar[Scheduler]
    SCHEDULER_LCM: _ClassVar[Scheduler]
    SCHEDULER_TRAILING_EULER: _ClassVar[Scheduler]
OPERATION_UNSPECIFIED: Operation
OPERATION_REMOVE: Operation
OPERATION_GENERATE: Operation
OPERATION_INSTRUCT: Operation
GRAY_MEANING_UNSPECIFIED: GrayMeaning
GRAY_MEANING_BLEND: GrayMeaning
GRAY_MEANING_PARTIAL: GrayMeaning
MASKED_CONTENT_UNSPECIFIED: MaskedContent
MASKED_CONTENT_ORIGINAL: MaskedContent
MASKED_CONTENT_BLUR: MaskedContent
MASKED_CONTENT_FILL: MaskedContent
MASKED_CONTENT_NOISE: MaskedContent
SCHEDULER_UNSPECIFIED: Scheduler
SCHEDULER_DPMPP_2M_SDE: Scheduler
SCHEDULER_DPMPP_2M_KARRAS: Scheduler
SCHEDULER_DDIM: Scheduler
SCHEDULER_EULER: Scheduler
SCHEDULER_EULER_ANCESTRAL: Scheduler
SCHEDULER_UNIPC: Scheduler
SCHEDULER_FLOW_MATCH_EULER: Scheduler
SCHEDULER_LCM: Scheduler
SCHEDULER_TRAILING_EULER: Scheduler

class Context(_message.Message):
    __slots__ = ("mode", "margin")
    class Mode(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        MODE_UNSPECIFIED: _ClassVar[Context.Mode]
        MODE_AUTO: _ClassVar[Context.Mode]
        MODE_MARGIN: _ClassVar[Context.Mode]
        MODE_WHOLE: _ClassVar[Context.Mode]
        MODE_DOUBLE: _ClassVar[Context.Mode]
    MODE_UNSPECIFIED: Context.Mode
    MODE_AUTO: Context.Mode
    MODE_MARGIN: Context.Mode
    MODE_WHOLE: Context.Mode
    MODE_DOUBLE: Context.Mode
    MODE_FIELD_NUMBER: _ClassVar[int]
    MARGIN_FIELD_NUMBER: _ClassVar[int]
    mode: Context.Mode
    margin: int
    def __init__(self, mode: _Optional[_Union[Context.Mode, str]] = ..., margin: _Optional[int] = ...) -> None: ...

class Lora(_message.Message):
    __slots__ = ("name", "scale")
    NAME_FIELD_NUMBER: _ClassVar[int]
    SCALE_FIELD_NUMBER: _ClassVar[int]
    name: str
    scale: float
    def __init__(self, name: _Optional[str] = ..., scale: _Optional[float] = ...) -> None: ...

class ControlImage(_message.Message):
    __slots__ = ("kind", "plane", "scale", "start", "end")
    class Kind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        KIND_UNSPECIFIED: _ClassVar[ControlImage.Kind]
        KIND_CANNY: _ClassVar[ControlImage.Kind]
        KIND_DEPTH: _ClassVar[ControlImage.Kind]
        KIND_POSE: _ClassVar[ControlImage.Kind]
        KIND_LINEART: _ClassVar[ControlImage.Kind]
    KIND_UNSPECIFIED: ControlImage.Kind
    KIND_CANNY: ControlImage.Kind
    KIND_DEPTH: ControlImage.Kind
    KIND_POSE: ControlImage.Kind
    KIND_LINEART: ControlImage.Kind
    KIND_FIELD_NUMBER: _ClassVar[int]
    PLANE_FIELD_NUMBER: _ClassVar[int]
    SCALE_FIELD_NUMBER: _ClassVar[int]
    START_FIELD_NUMBER: _ClassVar[int]
    END_FIELD_NUMBER: _ClassVar[int]
    kind: ControlImage.Kind
    plane: int
    scale: float
    start: float
    end: float
    def __init__(self, kind: _Optional[_Union[ControlImage.Kind, str]] = ..., plane: _Optional[int] = ..., scale: _Optional[float] = ..., start: _Optional[float] = ..., end: _Optional[float] = ...) -> None: ...

class ReferenceImage(_message.Message):
    __slots__ = ("plane", "scale")
    PLANE_FIELD_NUMBER: _ClassVar[int]
    SCALE_FIELD_NUMBER: _ClassVar[int]
    plane: int
    scale: float
    def __init__(self, plane: _Optional[int] = ..., scale: _Optional[float] = ...) -> None: ...

class Parameters(_message.Message):
    __slots__ = ("operation", "model", "prompt", "negative_prompt", "strength", "steps", "guidance", "seed", "scheduler", "masked_content", "gray", "grow", "feather", "context", "preset", "variations", "loras", "controls", "references", "true_guidance", "seam_pass", "enhance_prompt")
    OPERATION_FIELD_NUMBER: _ClassVar[int]
    MODEL_FIELD_NUMBER: _ClassVar[int]
    PROMPT_FIELD_NUMBER: _ClassVar[int]
    NEGATIVE_PROMPT_FIELD_NUMBER: _ClassVar[int]
    STRENGTH_FIELD_NUMBER: _ClassVar[int]
    STEPS_FIELD_NUMBER: _ClassVar[int]
    GUIDANCE_FIELD_NUMBER: _ClassVar[int]
    SEED_FIELD_NUMBER: _ClassVar[int]
    SCHEDULER_FIELD_NUMBER: _ClassVar[int]
    MASKED_CONTENT_FIELD_NUMBER: _ClassVar[int]
    GRAY_FIELD_NUMBER: _ClassVar[int]
    GROW_FIELD_NUMBER: _ClassVar[int]
    FEATHER_FIELD_NUMBER: _ClassVar[int]
    CONTEXT_FIELD_NUMBER: _ClassVar[int]
    PRESET_FIELD_NUMBER: _ClassVar[int]
    VARIATIONS_FIELD_NUMBER: _ClassVar[int]
    LORAS_FIELD_NUMBER: _ClassVar[int]
    CONTROLS_FIELD_NUMBER: _ClassVar[int]
    REFERENCES_FIELD_NUMBER: _ClassVar[int]
    TRUE_GUIDANCE_FIELD_NUMBER: _ClassVar[int]
    SEAM_PASS_FIELD_NUMBER: _ClassVar[int]
    ENHANCE_PROMPT_FIELD_NUMBER: _ClassVar[int]
    operation: Operation
    model: str
    prompt: str
    negative_prompt: str
    strength: float
    steps: int
    guidance: float
    seed: int
    scheduler: Scheduler
    masked_content: MaskedContent
    gray: GrayMeaning
    grow: float
    feather: float
    context: Context
    preset: str
    variations: int
    loras: _containers.RepeatedCompositeFieldContainer[Lora]
    controls: _containers.RepeatedCompositeFieldContainer[ControlImage]
    references: _containers.RepeatedCompositeFieldContainer[ReferenceImage]
    true_guidance: bool
    seam_pass: bool
    enhance_prompt: bool
    def __init__(self, operation: _Optional[_Union[Operation, str]] = ..., model: _Optional[str] = ..., prompt: _Optional[str] = ..., negative_prompt: _Optional[str] = ..., strength: _Optional[float] = ..., steps: _Optional[int] = ..., guidance: _Optional[float] = ..., seed: _Optional[int] = ..., scheduler: _Optional[_Union[Scheduler, str]] = ..., masked_content: _Optional[_Union[MaskedContent, str]] = ..., gray: _Optional[_Union[GrayMeaning, str]] = ..., grow: _Optional[float] = ..., feather: _Optional[float] = ..., context: _Optional[_Union[Context, _Mapping]] = ..., preset: _Optional[str] = ..., variations: _Optional[int] = ..., loras: _Optional[_Iterable[_Union[Lora, _Mapping]]] = ..., controls: _Optional[_Iterable[_Union[ControlImage, _Mapping]]] = ..., references: _Optional[_Iterable[_Union[ReferenceImage, _Mapping]]] = ..., true_guidance: bool = ..., seam_pass: bool = ..., enhance_prompt: bool = ...) -> None: ...

class Stage(_message.Message):
    __slots__ = ("name", "parameters", "emit_result", "boundary")
    NAME_FIELD_NUMBER: _ClassVar[int]
    PARAMETERS_FIELD_NUMBER: _ClassVar[int]
    EMIT_RESULT_FIELD_NUMBER: _ClassVar[int]
    BOUNDARY_FIELD_NUMBER: _ClassVar[int]
    name: str
    parameters: Parameters
    emit_result: bool
    boundary: bool
    def __init__(self, name: _Optional[str] = ..., parameters: _Optional[_Union[Parameters, _Mapping]] = ..., emit_result: bool = ..., boundary: bool = ...) -> None: ...

class Outpaint(_message.Message):
    __slots__ = ("left", "top", "right", "bottom", "overlap", "known")
    LEFT_FIELD_NUMBER: _ClassVar[int]
    TOP_FIELD_NUMBER: _ClassVar[int]
    RIGHT_FIELD_NUMBER: _ClassVar[int]
    BOTTOM_FIELD_NUMBER: _ClassVar[int]
    OVERLAP_FIELD_NUMBER: _ClassVar[int]
    KNOWN_FIELD_NUMBER: _ClassVar[int]
    left: int
    top: int
    right: int
    bottom: int
    overlap: int
    known: _pixels_pb2.Extent
    def __init__(self, left: _Optional[int] = ..., top: _Optional[int] = ..., right: _Optional[int] = ..., bottom: _Optional[int] = ..., overlap: _Optional[int] = ..., known: _Optional[_Union[_pixels_pb2.Extent, _Mapping]] = ...) -> None: ...
