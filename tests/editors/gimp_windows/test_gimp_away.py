"""The daemon goes away in the middle of edits, and stays away."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from sfumato_client import Patience
from tests.editors.gimp import Gimp
from tests.editors.gimp_daemons import connected, next_running_job, states
from tests.editors.gimp_dialogs import INPAINT, MESSAGE, RESULTS
from tests.editors.gimp_hands import Hands, until
from tests.editors.gimp_subjects import busy_document
from tests.support.daemon import GUARD, running_daemon

AWAY = (
    "The daemon at {address} went away and did not come back within {seconds:.0f} seconds. "
    "Restart it and try again; the picture is unchanged."
)


def test_a_daemon_that_stays_away_is_said_and_leaves_nothing(
    gimp: Gimp, hands: Hands, tmp_path: Path
) -> None:
    """By Inpaint, whose window goes, by Remove, and by a script, which is told the same."""
    document = busy_document(gimp)
    document.play("display")
    state, limit = document.play("state"), Patience().in_all
    with running_daemon(tmp_path) as real, connected(gimp, real.address, real.token):
        hands.invoke("inpaint")
        hands.settle(INPAINT)
        hands.dismiss("alt+p ctrl+a BackSpace alt+i ctrl+a 1 Tab alt+v", INPAINT)
        next_running_job(real)
        hands.invoke("remove")
        until(lambda: len(states(real)) == 2, "nothing asked for by Remove")
        with ThreadPoolExecutor(1) as pool:
            asked = pool.submit(document.run, "remove")
            until(lambda: len(states(real)) == 3, "nothing asked for by the script")
            real.process.kill()
            real.process.wait(GUARD)
            answer = asked.result(limit + GUARD)
        hands.miss(RESULTS)
        hands.show(MESSAGE, "gimp-away")
        hands.dismiss("Escape", MESSAGE)
    assert answer.status == "execution-error"
    assert answer.sentence == AWAY.format(address=real.address, seconds=limit)
    assert document.play("state") == state
    # And GIMP goes on with another daemon.
    hands.invoke("remove")
    until(lambda: document.play("stack") == ["Remove 1", "paper"], "not inserted")
    document.play("undisplay")
