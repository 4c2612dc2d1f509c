"""Every route of the page, over real sockets, by everybody who may or may not call."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from tests.web.browsing import Answer
from tests.web.studio import MARKER, STRANGERS, Studio


@dataclass(frozen=True)
class Row:
    """What becomes of a request about a job of the owner's, which has ended."""

    method: str
    path: str
    body: Callable[[str], object] = lambda job: None
    owner: int = 200
    other: int = 200
    admin: int = 200
    strangers: int = 401

    def ask(self, studio: Studio, job: str, who: str) -> Answer:
        """The request, by somebody."""
        return studio.visitor(who).ask(self.method, self.path.format(job), self.body(job))


def about(job: str) -> object:
    return {"job_id": job}


def nothing(job: str) -> object:
    return {}


# As over gRPC: an admin ends anybody's edit, but sees none.
ROWS = {
    "page": Row("GET", "/", strangers=200),
    "script": Row("GET", "/app.js", strangers=200),
    "sign in": Row("POST", "/api/session", lambda job: {"token": "x"}, 401, 401, 401),
    "code": Row("POST", "/api/code", nothing, 401, 401, 401),
    "who": Row("GET", "/api/session"),
    "queue": Row("GET", "/api/queue"),
    "GetCapabilities": Row("POST", "/api/GetCapabilities", nothing),
    "ListJobs": Row("POST", "/api/ListJobs", nothing),
    "GetJob": Row("POST", "/api/GetJob", about, other=404, admin=404),
    "before": Row("GET", "/api/jobs/{}/before", other=404, admin=404),
    "mask": Row("GET", "/api/jobs/{}/mask", other=404, admin=404),
    "after": Row("GET", "/api/jobs/{}/after", other=404, admin=404),
    "preview": Row("GET", "/api/jobs/{}/preview", owner=204, other=404, admin=404),
    "replay": Row("POST", "/api/jobs/{}/replay", nothing, other=404, admin=404),
    "Cancel": Row("POST", "/api/Cancel", about, other=404),
    "UpdateJob": Row(
        "POST", "/api/UpdateJob", lambda job: {"job_id": job, "paused": True}, 409, 404, 404
    ),
    "UpdateDaemon": Row("POST", "/api/UpdateDaemon", lambda job: {"paused": False}, 403, 403),
    "ForgetJobs": Row("POST", "/api/ForgetJobs", about, other=404, admin=404),
    # The last one, as it ends the sessions.
    "sign out": Row("DELETE", "/api/session"),
}


@pytest.mark.parametrize("name", ROWS)
def test_each_caller_gets_what_is_theirs_and_nothing_else(name: str, studio: Studio) -> None:
    row, job = ROWS[name], studio.job()
    expected = dict.fromkeys(STRANGERS, row.strangers)
    expected |= {"another": row.other, "an admin": row.admin, "the owner": row.owner}
    for who, wanted in expected.items():
        answer = row.ask(studio, job, who)
        assert answer.status == wanted, (who, answer.data)
        if who != "the owner":
            assert MARKER.encode() not in answer.data, who
            assert job.encode() not in answer.data, who


@pytest.mark.parametrize("name", [name for name, row in ROWS.items() if row.other == 404])
def test_anothers_job_is_answered_exactly_like_one_that_never_was(
    name: str, studio: Studio
) -> None:
    there, never = (ROWS[name].ask(studio, job, "another") for job in (studio.job(), "0" * 32))
    assert (there.status, there.data) == (never.status, never.data)
