"""A daemon of paper that does recipes: every stage is one flat colour, told as its result."""

from __future__ import annotations

from collections.abc import Iterator

import grpc

from sfumato_client.wire import inpainting_pb2 as wire
from sfumato_client.wire import parameters_pb2
from tests.editors.scripted_daemon import ScriptedDaemon, Seen

PARTS = 100


class RecipeDaemon(ScriptedDaemon):
    """Stops in the last stage for as long as the test holds it."""

    def _work(
        self, seen: Seen, job: str, context: grpc.ServicerContext
    ) -> Iterator[wire.InpaintEvent]:
        asked = seen.header.parameters
        stages = self.catalogue.recipes[asked.preset].stages
        yield wire.InpaintEvent(accepted=wire.Accepted(job_id=job))
        yield wire.InpaintEvent(started=wire.Started(engine="diffusion", model="paper"))
        for index, stage in enumerate(stages):
            last = index == len(stages) - 1
            progress = wire.Progress(
                step=index * PARTS, steps=len(stages) * PARTS, phase=f"{stage.name}: denoising"
            )
            yield wire.InpaintEvent(progress=progress)
            if last:
                self.at_work.set()
                self.go.wait(60)
                if seen.cancel_asked.is_set():
                    context.abort(grpc.StatusCode.CANCELLED, "The edit was cancelled.")
            for event in self._result(seen, self._origin(seen), index):
                if event.HasField("result"):
                    event.result.variation, event.result.seed = 0, asked.seed or 7
                    event.result.stage = "" if last else stage.name
                yield event
        resolved = parameters_pb2.Parameters()
        resolved.CopyFrom(asked)
        resolved.seed = asked.seed or 7
        yield wire.InpaintEvent(done=wire.Done(seed=resolved.seed, resolved=resolved))
