"""The pipe: messages survive it, anything else is refused without being run."""

import os
import pickle
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sfumato.engines import messages, parameters, work
from sfumato.engines.base import EngineSpec
from sfumato.engines.pipe import Nonsense, decode_command, decode_report, encode
from sfumato_client.geometry import Bounds, Extent

PLANE = work.PlaneRef(64, (4, 5, 3), "uint16")
WORK = work.Work(
    id="job",
    arena="spool/job.arena",
    canvas=Extent(5, 4),
    regions=(
        work.RegionWork(
            Bounds(0, 0, 5, 4), Bounds(0, 0, 5, 4), PLANE, PLANE, None, PLANE, (PLANE,)
        ),
    ),
    parameters=parameters.Parameters(
        operation=parameters.Operation.GENERATE,
        gray=parameters.Gray.PARTIAL,
        masked_content=parameters.MaskedContent.NOISE,
        scheduler=parameters.Scheduler.DDIM,
        loras=(parameters.Lora("soft", 0.5),),
        controls=(parameters.Control(parameters.ControlKind.CANNY),),
        references=(parameters.Reference(0),),
    ),
    extras=(PLANE,),
)


@pytest.mark.parametrize(
    "command", [messages.Start(WORK), messages.Cancel("job"), messages.Shutdown()]
)
def test_commands_survive_the_pipe(command: messages.Command) -> None:
    assert decode_command(encode(command)) == command


@pytest.mark.parametrize(
    "report",
    [
        messages.Ready(12, 1),
        messages.Heartbeat(0.25),
        messages.Loaded((("sdxl", 6_900_000_000),)),
        messages.Broken("why"),
        messages.Progress("job", 1, 2, "denoising"),
        messages.Preview("job", b"\xff\xd8", Bounds(0, 0, 5, 4)),
        messages.Notice("job", "CODE", "A sentence."),
        messages.VariationDone("job", 0, 7),
        messages.Finished("job", WORK.parameters, messages.Timings(1.0, 2.0, 3.0)),
        messages.Failed("job", "CODE", "A sentence.", refused=True),
        messages.Cancelled("job"),
    ],
)
def test_reports_survive_the_pipe(report: messages.Report) -> None:
    assert decode_report(encode(report)) == report


class Attack:
    """Unpickling it would make a folder."""

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.mkdir, ("made-by-a-pickle",)


@pytest.mark.parametrize("foreign", [Attack(), EngineSpec("a", "b:c"), os.getcwd])
def test_what_is_no_message_is_refused_before_it_runs(foreign: object) -> None:
    with pytest.raises(Nonsense, match="no part of a message"):
        decode_report(pickle.dumps(foreign))
    assert not Path("made-by-a-pickle").exists()


def test_attributes_of_trusted_classes_cannot_be_reached() -> None:
    # Protocol 4 can name "Class.attribute"; from there all of Python would be in reach.
    dotted = b"\x80\x04\x8c\x19sfumato.engines.messages\x8c\x0eReady.__init__\x93."
    with pytest.raises(Nonsense):
        decode_report(dotted)


def test_a_command_is_no_report_and_a_value_is_neither() -> None:
    with pytest.raises(Nonsense, match="Cancel is no report"):
        decode_report(encode(messages.Cancel("job")))
    with pytest.raises(Nonsense, match="Ready is no command"):
        decode_command(encode(messages.Ready(1, 1)))
    with pytest.raises(Nonsense, match="int is no report"):
        decode_report(pickle.dumps(5))


@given(st.binary(max_size=200))
def test_random_bytes_are_nonsense(frame: bytes) -> None:
    with pytest.raises(Nonsense):
        decode_report(frame)


@given(st.data())
def test_damaged_frames_are_messages_or_nonsense(data: st.DataObject) -> None:
    frame = bytearray(encode(messages.Progress("job", 1, 2, "denoising")))
    frame[data.draw(st.integers(0, len(frame) - 1))] = data.draw(st.integers(0, 255))
    try:
        report = decode_report(bytes(frame))
    except Nonsense:
        return
    assert isinstance(report, messages.Report)
