from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class HostState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    HOST_STATE_UNSPECIFIED: _ClassVar[HostState]
    HOST_STATE_RESTING: _ClassVar[HostState]
    HOST_STATE_STARTING: _ClassVar[HostState]
    HOST_STATE_READY: _ClassVar[HostState]
    HOST_STATE_LEAVING: _ClassVar[HostState]
HOST_STATE_UNSPECIFIED: HostState
HOST_STATE_RESTING: HostState
HOST_STATE_STARTING: HostState
HOST_STATE_READY: HostState
HOST_STATE_LEAVING: HostState

class EngineHost(_message.Message):
    __slots__ = ("name", "engine", "device", "state", "running", "capacity", "models", "memory_bytes", "memory_used_bytes", "resident_bytes", "busy")
    NAME_FIELD_NUMBER: _ClassVar[int]
    ENGINE_FIELD_NUMBER: _ClassVar[int]
    DEVICE_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    RUNNING_FIELD_NUMBER: _ClassVar[int]
    CAPACITY_FIELD_NUMBER: _ClassVar[int]
    MODELS_FIELD_NUMBER: _ClassVar[int]
    MEMORY_BYTES_FIELD_NUMBER: _ClassVar[int]
    MEMORY_USED_BYTES_FIELD_NUMBER: _ClassVar[int]
    RESIDENT_BYTES_FIELD_NUMBER: _ClassVar[int]
    BUSY_FIELD_NUMBER: _ClassVar[int]
    name: str
    engine: str
    device: str
    state: HostState
    running: int
    capacity: int
    models: _containers.RepeatedScalarFieldContainer[str]
    memory_bytes: int
    memory_used_bytes: int
    resident_bytes: int
    busy: float
    def __init__(self, name: _Optional[str] = ..., engine: _Optional[str] = ..., device: _Optional[str] = ..., state: _Optional[_Union[HostState, str]] = ..., running: _Optional[int] = ..., capacity: _Optional[int] = ..., models: _Optional[_Iterable[str]] = ..., memory_bytes: _Optional[int] = ..., memory_used_bytes: _Optional[int] = ..., resident_bytes: _Optional[int] = ..., busy: _Optional[float] = ...) -> None: ...

class ListHostsRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class ListHostsResponse(_message.Message):
    __slots__ = ("hosts",)
    HOSTS_FIELD_NUMBER: _ClassVar[int]
    hosts: _containers.RepeatedCompositeFieldContainer[EngineHost]
    def __init__(self, hosts: _Optional[_Iterable[_Union[EngineHost, _Mapping]]] = ...) -> None: ...

class UpdateHostsRequest(_message.Message):
    __slots__ = ("add", "remove")
    ADD_FIELD_NUMBER: _ClassVar[int]
    REMOVE_FIELD_NUMBER: _ClassVar[int]
    add: HostPlace
    remove: HostRemoval
    def __init__(self, add: _Optional[_Union[HostPlace, _Mapping]] = ..., remove: _Optional[_Union[HostRemoval, _Mapping]] = ...) -> None: ...

class HostPlace(_message.Message):
    __slots__ = ("device", "engine")
    DEVICE_FIELD_NUMBER: _ClassVar[int]
    ENGINE_FIELD_NUMBER: _ClassVar[int]
    device: str
    engine: str
    def __init__(self, device: _Optional[str] = ..., engine: _Optional[str] = ...) -> None: ...

class HostRemoval(_message.Message):
    __slots__ = ("name", "now")
    NAME_FIELD_NUMBER: _ClassVar[int]
    NOW_FIELD_NUMBER: _ClassVar[int]
    name: str
    now: bool
    def __init__(self, name: _Optional[str] = ..., now: bool = ...) -> None: ...

class UpdateHostsResponse(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...
