from sfumato_client.wire import pixels_pb2 as _pixels_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Point(_message.Message):
    __slots__ = ("x", "y", "exclude")
    X_FIELD_NUMBER: _ClassVar[int]
    Y_FIELD_NUMBER: _ClassVar[int]
    EXCLUDE_FIELD_NUMBER: _ClassVar[int]
    x: int
    y: int
    exclude: bool
    def __init__(self, x: _Optional[int] = ..., y: _Optional[int] = ..., exclude: bool = ...) -> None: ...

class Target(_message.Message):
    __slots__ = ("points", "boxes", "text", "subject", "face")
    POINTS_FIELD_NUMBER: _ClassVar[int]
    BOXES_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    SUBJECT_FIELD_NUMBER: _ClassVar[int]
    FACE_FIELD_NUMBER: _ClassVar[int]
    points: _containers.RepeatedCompositeFieldContainer[Point]
    boxes: _containers.RepeatedCompositeFieldContainer[_pixels_pb2.Bounds]
    text: str
    subject: bool
    face: bool
    def __init__(self, points: _Optional[_Iterable[_Union[Point, _Mapping]]] = ..., boxes: _Optional[_Iterable[_Union[_pixels_pb2.Bounds, _Mapping]]] = ..., text: _Optional[str] = ..., subject: bool = ..., face: bool = ...) -> None: ...

class SegmentHeader(_message.Message):
    __slots__ = ("request_id", "picture", "window", "target", "model", "confidence", "count", "grow", "invert")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    PICTURE_FIELD_NUMBER: _ClassVar[int]
    WINDOW_FIELD_NUMBER: _ClassVar[int]
    TARGET_FIELD_NUMBER: _ClassVar[int]
    MODEL_FIELD_NUMBER: _ClassVar[int]
    CONFIDENCE_FIELD_NUMBER: _ClassVar[int]
    COUNT_FIELD_NUMBER: _ClassVar[int]
    GROW_FIELD_NUMBER: _ClassVar[int]
    INVERT_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    picture: _pixels_pb2.Plane
    window: _pixels_pb2.Bounds
    target: Target
    model: str
    confidence: float
    count: int
    grow: int
    invert: bool
    def __init__(self, request_id: _Optional[str] = ..., picture: _Optional[_Union[_pixels_pb2.Plane, _Mapping]] = ..., window: _Optional[_Union[_pixels_pb2.Bounds, _Mapping]] = ..., target: _Optional[_Union[Target, _Mapping]] = ..., model: _Optional[str] = ..., confidence: _Optional[float] = ..., count: _Optional[int] = ..., grow: _Optional[int] = ..., invert: bool = ...) -> None: ...

class SegmentRequest(_message.Message):
    __slots__ = ("header", "chunk")
    HEADER_FIELD_NUMBER: _ClassVar[int]
    CHUNK_FIELD_NUMBER: _ClassVar[int]
    header: SegmentHeader
    chunk: _pixels_pb2.PixelChunk
    def __init__(self, header: _Optional[_Union[SegmentHeader, _Mapping]] = ..., chunk: _Optional[_Union[_pixels_pb2.PixelChunk, _Mapping]] = ...) -> None: ...

class Segmenter(_message.Message):
    __slots__ = ("name", "title", "family", "points", "boxes", "text", "subject", "face")
    NAME_FIELD_NUMBER: _ClassVar[int]
    TITLE_FIELD_NUMBER: _ClassVar[int]
    FAMILY_FIELD_NUMBER: _ClassVar[int]
    POINTS_FIELD_NUMBER: _ClassVar[int]
    BOXES_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    SUBJECT_FIELD_NUMBER: _ClassVar[int]
    FACE_FIELD_NUMBER: _ClassVar[int]
    name: str
    title: str
    family: str
    points: bool
    boxes: bool
    text: bool
    subject: bool
    face: bool
    def __init__(self, name: _Optional[str] = ..., title: _Optional[str] = ..., family: _Optional[str] = ..., points: bool = ..., boxes: bool = ..., text: bool = ..., subject: bool = ..., face: bool = ...) -> None: ...

class Instance(_message.Message):
    __slots__ = ("box", "confidence", "label")
    BOX_FIELD_NUMBER: _ClassVar[int]
    CONFIDENCE_FIELD_NUMBER: _ClassVar[int]
    LABEL_FIELD_NUMBER: _ClassVar[int]
    box: _pixels_pb2.Bounds
    confidence: float
    label: str
    def __init__(self, box: _Optional[_Union[_pixels_pb2.Bounds, _Mapping]] = ..., confidence: _Optional[float] = ..., label: _Optional[str] = ...) -> None: ...

class Segmented(_message.Message):
    __slots__ = ("plane", "instances", "model")
    PLANE_FIELD_NUMBER: _ClassVar[int]
    INSTANCES_FIELD_NUMBER: _ClassVar[int]
    MODEL_FIELD_NUMBER: _ClassVar[int]
    plane: _pixels_pb2.Plane
    instances: _containers.RepeatedCompositeFieldContainer[Instance]
    model: str
    def __init__(self, plane: _Optional[_Union[_pixels_pb2.Plane, _Mapping]] = ..., instances: _Optional[_Iterable[_Union[Instance, _Mapping]]] = ..., model: _Optional[str] = ...) -> None: ...

class SegmentEvent(_message.Message):
    __slots__ = ("phase", "segmented", "chunk")
    PHASE_FIELD_NUMBER: _ClassVar[int]
    SEGMENTED_FIELD_NUMBER: _ClassVar[int]
    CHUNK_FIELD_NUMBER: _ClassVar[int]
    phase: str
    segmented: Segmented
    chunk: _pixels_pb2.PixelChunk
    def __init__(self, phase: _Optional[str] = ..., segmented: _Optional[_Union[Segmented, _Mapping]] = ..., chunk: _Optional[_Union[_pixels_pb2.PixelChunk, _Mapping]] = ...) -> None: ...
