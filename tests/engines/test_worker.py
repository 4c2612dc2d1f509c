"""The engine host's own side: it never outlives the daemon, and costs little before its work."""

import subprocess
import sys
import textwrap
from pathlib import Path

import psutil
import pytest

DAEMON = textwrap.dedent(
    """
    import asyncio, sys
    from pathlib import Path
    from sfumato.engines.host import EngineHost
    from sfumato.engines.patience import Patience
    from sfumato.engines.messages import Progress
    from tests.support.engines import puppet, small_work

    async def main(prompt, folder):
        host = EngineHost(puppet())
        async for report in host.submit(small_work(Path(folder), "job", prompt, steps=10**6)):
            if isinstance(report, Progress) and report.step == 1:
                print(host.pid, flush=True)
    if __name__ == "__main__":
        asyncio.run(main(*sys.argv[1:]))
    """
)


@pytest.mark.parametrize("prompt", ["", "sleep:2"])
def test_a_host_ends_when_the_daemon_is_killed(tmp_path: Path, prompt: str) -> None:
    script = tmp_path / "daemon.py"
    script.write_text(DAEMON)
    with subprocess.Popen(
        [sys.executable, str(script), prompt, str(tmp_path)],
        stdout=subprocess.PIPE,
        env={"PYTHONPATH": str(Path(__file__).parents[2])},
    ) as daemon:
        assert daemon.stdout
        host = psutil.Process(int(daemon.stdout.readline()))
        daemon.kill()
        host.wait(timeout=60)
    assert not host.is_running()


def test_a_host_imports_nothing_heavy_before_its_engine() -> None:
    script = "import sys, sfumato.engines.worker; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    ).stdout.split()
    heavy = {"numpy", "cv2", "torch", "grpc", "grpclib", "h2", "pydantic"}
    assert not heavy & set(loaded)
