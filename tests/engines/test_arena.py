"""Arenas: planes of any kind in one file, seen alike by everybody who maps it."""

import errno
import os
import stat
import sys
from itertools import pairwise
from pathlib import Path
from typing import Literal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sfumato.engines.arena import ALIGNMENT, Arena, Layout, plane_bytes
from sfumato.engines.work import PlaneRef

shapes = st.tuples(st.integers(1, 40), st.integers(1, 40)) | st.tuples(
    st.integers(1, 40), st.integers(1, 40), st.integers(1, 4)
)
dtypes: st.SearchStrategy[Literal["uint8", "uint16"]] = st.sampled_from(["uint8", "uint16"])


def small_layout() -> tuple[Layout, PlaneRef]:
    layout = Layout()
    return layout, layout.plane((5, 7, 3), "uint16")


@given(st.lists(st.tuples(shapes, dtypes), min_size=1, max_size=8))
def test_planes_are_aligned_and_do_not_overlap(
    planes: list[tuple[tuple[int, ...], Literal["uint8", "uint16"]]],
) -> None:
    layout = Layout()
    refs = [layout.plane(shape, dtype) for shape, dtype in planes]

    assert all(ref.offset % ALIGNMENT == 0 for ref in refs)
    assert all(a.offset + plane_bytes(a) <= b.offset for a, b in pairwise(refs))
    assert refs[-1].offset + plane_bytes(refs[-1]) == layout.size


@pytest.mark.parametrize("shape", [(), (0, 4), (4, 0, 3), (-1, 4)])
def test_a_plane_without_pixels_is_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="no empty side"):
        Layout().plane(shape, "uint8")


def test_what_one_side_writes_the_other_reads(tmp_path: Path) -> None:
    layout, ref = small_layout()
    pixels = np.arange(105, dtype=np.uint16).reshape(5, 7, 3)
    with Arena.create(tmp_path / "a", layout) as mine, Arena.open(tmp_path / "a") as theirs:
        mine.array(ref)[:] = pixels
        assert np.array_equal(theirs.array(ref), pixels)
        assert bytes(theirs.view(ref)) == pixels.tobytes()


def test_pixels_outlive_their_writer(tmp_path: Path) -> None:
    layout, ref = small_layout()
    with Arena.create(tmp_path / "a", layout) as arena:
        arena.view(ref)[:] = b"\x07" * plane_bytes(ref)
    with Arena.open(tmp_path / "a") as arena:
        assert arena.array(ref).min() == 0x0707


def test_an_array_stays_usable_after_its_arena_is_closed(tmp_path: Path) -> None:
    layout, ref = small_layout()
    arena = Arena.create(tmp_path / "a", layout)
    pixels = arena.array(ref)
    arena.close()
    pixels[:] = 9
    assert pixels.sum() == 9 * 105


def test_a_plane_outside_the_arena_is_refused(tmp_path: Path) -> None:
    layout, _ = small_layout()
    with Arena.create(tmp_path / "a", layout) as arena:
        for outside in (
            PlaneRef(0, (5, 7, 4), "uint16"),
            PlaneRef(-64, (1, 1), "uint8"),
            PlaneRef(layout.size, (1, 1), "uint8"),
        ):
            with pytest.raises(ValueError, match="does not lie in"):
                arena.array(outside)


def test_an_arena_is_never_made_over_an_existing_file(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"somebody's")
    with pytest.raises(FileExistsError):
        Arena.create(tmp_path / "a", small_layout()[0])
    assert (tmp_path / "a").read_bytes() == b"somebody's"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no permission bits")
def test_an_arena_is_its_users_alone(tmp_path: Path) -> None:
    with Arena.create(tmp_path / "a", small_layout()[0]):
        assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == 0o600


def test_a_full_disk_is_an_error_at_once_and_leaves_no_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(file: int, offset: int, size: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "posix_fallocate", full, raising=False)
    with pytest.raises(OSError, match="No space left"):
        Arena.create(tmp_path / "a", small_layout()[0])
    assert list(tmp_path.iterdir()) == []


def test_space_is_taken_also_without_fallocate(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(os, "posix_fallocate", raising=False)
    layout = Layout()
    ref = layout.plane((1500, 1501), "uint8")
    with Arena.create(tmp_path / "a", layout) as arena:
        assert arena.size == layout.size
        assert not arena.array(ref).any()
