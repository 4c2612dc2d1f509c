"""The enums of the wire and of the daemon, word for word.

Both sides use the same names; the wire puts its type's name before them and has a first value for
"not said", which is no word here.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum
from typing import Any, Generic, TypeVar

from google.protobuf.internal.enum_type_wrapper import EnumTypeWrapper

from sfumato.engines.parameters import ControlKind, Gray, MaskedContent, Operation, Scheduler
from sfumato.jobs.crew import Standing
from sfumato.jobs.job import JobState, OnDisconnect, Priority
from sfumato_client.wire import hosts_pb2, inpainting_pb2, jobs_pb2
from sfumato_client.wire import parameters_pb2 as pb

E = TypeVar("E", bound=Enum)


class Words(Generic[E]):
    """One enum on both sides."""

    def __init__(self, wire: EnumTypeWrapper, domain: type[E], prefix: str) -> None:
        self._domain = {int(wire.Value(prefix + word.name)): word for word in domain}
        self._wire = {word: number for number, word in self._domain.items()}

    def domain(self, number: int) -> E | None:
        """The daemon's word; None for "not said". Unknown numbers were refused before."""
        return self._domain.get(number)

    def wire(self, word: E | None) -> Any:
        """The wire's number; 0, "not said", for None."""
        return 0 if word is None else self._wire[word]

    def wires(self, words: Iterable[E]) -> list[Any]:
        """Several."""
        return [self._wire[word] for word in words]


OPERATIONS = Words(pb.Operation, Operation, "OPERATION_")
GRAY = Words(pb.GrayMeaning, Gray, "GRAY_MEANING_")
MASKED_CONTENT = Words(pb.MaskedContent, MaskedContent, "MASKED_CONTENT_")
SCHEDULERS = Words(pb.Scheduler, Scheduler, "SCHEDULER_")
CONTROL_KINDS = Words(pb.ControlImage.Kind, ControlKind, "KIND_")
PRIORITIES = Words(inpainting_pb2.Priority, Priority, "PRIORITY_")
ON_DISCONNECT = Words(inpainting_pb2.OnDisconnect, OnDisconnect, "ON_DISCONNECT_")
HOST_STATES = Words(hosts_pb2.HostState, Standing, "HOST_STATE_")
JOB_STATES = Words(jobs_pb2.JobState, JobState, "JOB_STATE_")
