"""A work in the engine's hands: which of its patches are painted, running, or still to come."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace

from sfumato.engines.diffusion.painting import Painting
from sfumato.engines.diffusion.plan import begins_from_fill
from sfumato.engines.diffusion.wording import context_words
from sfumato.engines.edit import Edit, Patch
from sfumato.engines.messages import Notice, Timings
from sfumato.engines.parameters import Parameters
from sfumato.engines.work import Work
from sfumato.imaging.depth import Colour
from sfumato.models.description import Model

Place = tuple[int, int]
"""Variation and region of a patch."""


@dataclass(slots=True, eq=False)
class Job:
    """One work. Its variations are painted side by side, the regions of each one in order.

    ``parameters`` are resolved. ``steps_before`` counts the steps of finished paintings. ``filled``
    is what the fill engine made of patches that wait.
    """

    work: Work
    edit: Edit
    parameters: Parameters
    model: Model
    paintings: list[Painting] = field(default_factory=list)
    waiting: list[Place] = field(default_factory=list)
    filled: dict[Place, Colour] = field(default_factory=dict)
    steps_before: int = 0
    steps_each: int = 0
    notices: list[Notice] = field(default_factory=list)
    load_seconds: float = 0.0
    began: float = field(default_factory=time.monotonic)
    held_at: float | None = None

    def __post_init__(self) -> None:
        self.waiting = [(variation, 0) for variation in self.work.unfinished]

    @classmethod
    def of(cls, work: Work, parameters: Parameters, model: Model) -> Job:
        """A work with its resolved parameters; words are added to the prompt if asked for."""
        edit = Edit(work)
        if not parameters.enhance_prompt:
            return cls(work, edit, parameters, model)
        words = context_words(edit.patch(0, 0), parameters.operation)
        notice = Notice(work.id, "PROMPT_ENHANCED", f"Added to the prompt: {words}.")
        prompt = f"{parameters.prompt.rstrip(' ,.')}, {words}"
        # Told without the wish, so that who repeats what is told gets the same again.
        told = replace(parameters, prompt=prompt, enhance_prompt=False)
        return cls(work, edit, told, model, notices=[notice])

    @property
    def id(self) -> str:
        """The work's id."""
        return self.work.id

    @property
    def done(self) -> bool:
        """Whether every patch is delivered."""
        return not self.paintings and not self.waiting

    @property
    def running(self) -> list[Painting]:
        """Paintings with steps to go."""
        return [painting for painting in self.paintings if painting.request.remaining]

    @property
    def step(self) -> int:
        """Steps taken over all patches."""
        return self.steps_before + sum(p.request.schedule.done for p in self.paintings)

    @property
    def steps(self) -> int:
        """Steps of all patches; each has the same number. 0 until the first has begun."""
        return self.steps_each * self.edit.size

    @property
    def adds(self) -> bool:
        """Whether further networks are worn beside the model's own."""
        return bool(self.parameters.loras or self.parameters.controls or self.parameters.references)

    @property
    def lacks_fill(self) -> list[Place]:
        """Waiting patches that are to begin from a fill and have none yet."""
        if not begins_from_fill(self.parameters, self.model):
            return []
        return [place for place in self.waiting if place not in self.filled]

    @property
    def startable(self) -> list[Place]:
        """Waiting patches that have all they need."""
        lacking = self.lacks_fill
        return [place for place in self.waiting if place not in lacking]

    def patch(self, place: Place) -> tuple[Patch, Colour | None]:
        """A patch that may begin, and its fill if it has one."""
        return self.edit.patch(*place), self.filled.get(place)

    def begun(self, painting: Painting) -> None:
        """A patch that waited is on its way."""
        place = painting.patch.variation, painting.patch.region
        self.waiting.remove(place)
        self.filled.pop(place, None)
        self.steps_each = painting.request.schedule.total + painting.second_steps
        self.paintings.append(painting)

    def once_more(self, painting: Painting, second: Painting) -> None:
        """A painting's second pass takes its place."""
        self.paintings.remove(painting)
        self.steps_before += painting.request.schedule.total
        self.paintings.append(second)

    def delivered(self, painting: Painting) -> bool:
        """A patch is written; the next region of its variation may begin.

        Returns whether the variation is whole.
        """
        self.paintings.remove(painting)
        self.steps_before += painting.request.schedule.done
        following = painting.patch.region + 1
        if following == len(self.work.regions):
            return True
        self.waiting.append((painting.patch.variation, following))
        return False

    @property
    def timings(self) -> Timings:
        """What it took until now: waiting for the model, and all the rest."""
        spent = time.monotonic() - self.began - self.load_seconds
        return Timings(load=self.load_seconds, engine=spent)

    @property
    def held(self) -> bool:
        """Whether it stands still."""
        return self.held_at is not None

    def hold(self) -> None:
        """Stand still."""
        self.held_at = time.monotonic()

    def resume(self) -> None:
        """Go on; the time between does not count."""
        assert self.held_at is not None
        self.began += time.monotonic() - self.held_at
        self.held_at = None

    def close(self) -> None:
        """Give back the pixels."""
        self.edit.close()
