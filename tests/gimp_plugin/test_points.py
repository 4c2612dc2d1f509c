from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gimp_plugin import points
from gimp_plugin.points import Point
from sfumato_client import Refused

coordinates = st.integers(0, 65535)


@given(st.lists(st.builds(Point, coordinates, coordinates)))
def test_points_are_read_as_they_were_written(some: list[Point]) -> None:
    assert points.read(points.write(some)) == tuple(some)


@pytest.mark.parametrize("text", ["120", "120,", ",80", "a,b", "-1,4", "1.5,2", "1,2,3"])
def test_what_is_no_point_is_named(text: str) -> None:
    with pytest.raises(Refused, match="is no point"):
        points.read(f"5,5 {text}")
