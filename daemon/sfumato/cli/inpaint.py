"""``sfumato inpaint``: change the selected part of a picture."""

from __future__ import annotations

from sfumato.cli import options
from sfumato.cli.console import print_json
from sfumato.cli.editing import perform
from sfumato.cli.grouped import grouped
from sfumato.cli.named import Named
from sfumato.cli.output import Keeping, Output
from sfumato.cli.painting import Changing
from sfumato.cli.pointing import Pointing
from sfumato.cli.request import Request
from sfumato.cli.results import checked_targets, report, tell, write_results
from sfumato.cli.selecting import Selecting, target_of
from sfumato.picture.reading import read
from sfumato.picture.writing import fitted, format_of


@grouped
def inpaint(
    image: options.Image,
    output: Output,
    selecting: Selecting,
    pointing: Pointing,
    painting: Changing,
    keeping: Keeping,
    named: Named,
) -> None:
    """Remove what is selected, or paint there what a prompt says.

    Outside the selection and its feathered edge, OUT is IMAGE bit for bit.
    """
    parameters = painting.parameters
    parameters.MergeFrom(selecting.parameters)
    passes = painting.passes
    shown = passes.shown if passes else ()
    targets = checked_targets(output, painting.variations, keeping.force, shown)
    picture = keeping.of(read(image))
    _, losses = fitted(picture, format_of(output.out))
    request = Request(
        picture,
        target_of(picture.extent, selecting, pointing),
        parameters,
        image.name,
        selecting.grow,
        selecting.feather,
        painting.added,
        keeping.private,
        passes.messages if passes else (),
    )
    outcome = perform(request, named, losses)
    write_results(picture, outcome, targets, keeping.told)
    if keeping.json:
        print_json(report(picture, outcome, targets))
    else:
        tell(picture, outcome, targets)
