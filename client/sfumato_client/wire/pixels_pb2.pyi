from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ColorModel(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    COLOR_MODEL_UNSPECIFIED: _ClassVar[ColorModel]
    COLOR_MODEL_GRAY: _ClassVar[ColorModel]
    COLOR_MODEL_GRAY_ALPHA: _ClassVar[ColorModel]
    COLOR_MODEL_RGB: _ClassVar[ColorModel]
    COLOR_MODEL_RGBA: _ClassVar[ColorModel]

class Depth(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    DEPTH_UNSPECIFIED: _ClassVar[Depth]
    DEPTH_U8: _ClassVar[Depth]
    DEPTH_U16: _ClassVar[Depth]

class Codec(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CODEC_UNSPECIFIED: _ClassVar[Codec]
    CODEC_RAW: _ClassVar[Codec]
    CODEC_DEFLATE: _ClassVar[Codec]
    CODEC_WEBP_LOSSLESS: _ClassVar[Codec]
COLOR_MODEL_UNSPECIFIED: ColorModel
COLOR_MODEL_GRAY: ColorModel
COLOR_MODEL_GRAY_ALPHA: ColorModel
COLOR_MODEL_RGB: ColorModel
COLOR_MODEL_RGBA: ColorModel
DEPTH_UNSPECIFIED: Depth
DEPTH_U8: Depth
DEPTH_U16: Depth
CODEC_UNSPECIFIED: Codec
CODEC_RAW: Codec
CODEC_DEFLATE: Codec
CODEC_WEBP_LOSSLESS: Codec

class Extent(_message.Message):
    __slots__ = ("width", "height")
    WIDTH_FIELD_NUMBER: _ClassVar[int]
    HEIGHT_FIELD_NUMBER: _ClassVar[int]
    width: int
    height: int
    def __init__(self, width: _Optional[int] = ..., height: _Optional[int] = ...) -> None: ...

class Bounds(_message.Message):
    __slots__ = ("x", "y", "width", "height")
    X_FIELD_NUMBER: _ClassVar[int]
    Y_FIELD_NUMBER: _ClassVar[int]
    WIDTH_FIELD_NUMBER: _ClassVar[int]
    HEIGHT_FIELD_NUMBER: _ClassVar[int]
    x: int
    y: int
    width: int
    height: int
    def __init__(self, x: _Optional[int] = ..., y: _Optional[int] = ..., width: _Optional[int] = ..., height: _Optional[int] = ...) -> None: ...

class Plane(_message.Message):
    __slots__ = ("extent", "color_model", "depth", "codec", "encoded_bytes")
    EXTENT_FIELD_NUMBER: _ClassVar[int]
    COLOR_MODEL_FIELD_NUMBER: _ClassVar[int]
    DEPTH_FIELD_NUMBER: _ClassVar[int]
    CODEC_FIELD_NUMBER: _ClassVar[int]
    ENCODED_BYTES_FIELD_NUMBER: _ClassVar[int]
    extent: Extent
    color_model: ColorModel
    depth: Depth
    codec: Codec
    encoded_bytes: int
    def __init__(self, extent: _Optional[_Union[Extent, _Mapping]] = ..., color_model: _Optional[_Union[ColorModel, str]] = ..., depth: _Optional[_Union[Depth, str]] = ..., codec: _Optional[_Union[Codec, str]] = ..., encoded_bytes: _Optional[int] = ...) -> None: ...

class PixelChunk(_message.Message):
    __slots__ = ("plane", "data")
    PLANE_FIELD_NUMBER: _ClassVar[int]
    DATA_FIELD_NUMBER: _ClassVar[int]
    plane: int
    data: bytes
    def __init__(self, plane: _Optional[int] = ..., data: _Optional[bytes] = ...) -> None: ...
