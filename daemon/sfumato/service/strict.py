"""What holds for every request: nothing unknown is in it, and no number is NaN or infinite.

Protobuf keeps unknown fields and enum values silently. Here they are refused, as an edit that
leaves out what its client asked for is worse than one that fails with a sentence.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import Any, cast

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message
from google.protobuf.unknown_fields import UnknownFieldSet

from sfumato.service.status import invalid


def refuse_unknown(message: Message, path: str = "") -> None:
    """Check a message and all in it; a ``Refusal`` (INVALID_ARGUMENT) names the field."""
    refuse_unknown_fields(message, path)
    for field, name, value in _values(message, path):
        if isinstance(value, Message):
            refuse_unknown(value, name)
        elif field.enum_type is not None and value not in field.enum_type.values_by_number:
            raise invalid(
                name,
                f"{name} is {value}, a value that this daemon does not know. Update the daemon.",
                "UNKNOWN_VALUE",
            )
        elif isinstance(value, float) and not math.isfinite(value):
            raise invalid(name, f"{name} is {value}; only finite numbers are allowed.")


def refuse_unknown_fields(message: Message, path: str) -> None:
    """Check the fields of a message, but not what is in them."""
    for unknown in cast("Iterable[Any]", UnknownFieldSet(message)):
        raise invalid(
            path,
            f"{path or message.DESCRIPTOR.name} has a field {unknown.field_number} that this "
            "daemon does not know: it is older than the client. Update the daemon.",
            "UNKNOWN_FIELD",
        )


def _values(message: Message, path: str) -> Iterator[tuple[FieldDescriptor, str, Any]]:
    """Every single value that is set, with its path."""
    for field, value in message.ListFields():
        name = f"{path}.{field.name}" if path else field.name
        if not field.is_repeated:
            yield field, name, value
        else:
            for index, one in enumerate(value):
                yield field, f"{name}[{index}]", one
