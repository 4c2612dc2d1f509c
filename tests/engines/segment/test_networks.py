"""Tiny networks through the real loading code give what their own libraries make of them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import transformers
from numpy.typing import NDArray
from PIL import Image

from sfumato.engines.segment.owl import Owl
from sfumato.engines.segment.prompt import Prompt
from sfumato.engines.segment.rack import Rack
from sfumato.engines.segment.sam import DEVIATION, MEAN, Sam
from sfumato.engines.segment.subject import load
from sfumato.models.library import recognized
from sfumato.models.selectors import Selector, SelectorKind, memory_share
from tests.support.networks import CPU, HEIGHT, PICTURE, PROMPTS, TINY, WIDTH
from tests.support.published import EVERY, pixels, published
from tests.support.subjects import overlap
from tests.support.tiny_selectors import (
    SQUARE,
    tiny_birefnet,
    tiny_owl,
    tiny_sam,
    tiny_sam2,
    tiny_sam2_video,
)


def given(prompt: Prompt) -> dict[str, Any]:
    """A prompt as transformers' processors take it."""
    spots = [[*map(list, prompt.inside), *map(list, prompt.outside)]]
    labels = [[1] * len(prompt.inside) + [0] * len(prompt.outside)]
    points = {"input_points": [spots], "input_labels": [labels]} if spots[0] else {}
    box = prompt.box
    edges = [[[box.x, box.y, box.right, box.bottom]]] if box else []
    return points | ({"input_boxes": edges} if box else {})


def best(masks: torch.Tensor, scores: torch.Tensor, one: bool) -> tuple[NDArray[Any], float]:
    """The surest mask of what a network gives for one prompt."""
    assert len(masks) == (3 if one else 1)
    index = int(scores.flatten().argmax())
    return masks[index].numpy() > 0, float(scores.flatten()[index].clamp(0, 1))


@torch.inference_mode()
def stock_sam(prompt: Prompt) -> tuple[NDArray[Any], float]:
    """What transformers' own processor and model give."""
    processor = transformers.SamProcessor.from_pretrained(tiny_sam())
    network = transformers.SamModel.from_pretrained(tiny_sam()).eval()
    inputs = processor(Image.fromarray(PICTURE), return_tensors="pt", **given(prompt))
    for name in inputs.keys() & {"input_points", "input_boxes"}:
        inputs[name] = inputs[name].float()
    one = prompt.box is None and len(prompt.inside + prompt.outside) == 1
    answer = network(**inputs, multimask_output=one)
    masks = processor.image_processor.post_process_masks(
        answer.pred_masks, inputs["original_sizes"], inputs["reshaped_input_sizes"]
    )
    return best(masks[0][0], answer.iou_scores, one)


@torch.inference_mode()
def stock_sam2(prompt: Prompt) -> tuple[NDArray[Any], float]:
    """What transformers' model gives for inputs as its documentation prepares them."""
    network = transformers.Sam2Model.from_pretrained(tiny_sam2()).eval()
    square = Image.fromarray(PICTURE).resize((SQUARE, SQUARE), Image.Resampling.BILINEAR)
    values = (np.asarray(square) / 255 - MEAN) / DEVIATION
    scaled = {name: torch.tensor(value).float() for name, value in given(prompt).items()}
    for name in scaled.keys() & {"input_points", "input_boxes"}:
        sides = torch.tensor([SQUARE / WIDTH, SQUARE / HEIGHT])
        scaled[name] = scaled[name] * (sides if name == "input_points" else sides.repeat(2))
    if "input_labels" in scaled:
        scaled["input_labels"] = scaled["input_labels"].int()
    one = prompt.box is None and len(prompt.inside + prompt.outside) == 1
    answer = network(
        pixel_values=torch.tensor(values).permute(2, 0, 1)[None].float(),
        multimask_output=one,
        **scaled,
    )
    whole = torch.nn.functional.interpolate(answer.pred_masks[0], (HEIGHT, WIDTH), mode="bilinear")
    return best(whole[0], answer.iou_scores, one)


@pytest.mark.parametrize("name", PROMPTS)
@pytest.mark.parametrize(
    ("kind", "stock"), [(SelectorKind.SAM, stock_sam), (SelectorKind.SAM2, stock_sam2)]
)
def test_sam_gives_what_transformers_gives(
    kind: SelectorKind, stock: Callable[[Prompt], tuple[NDArray[Any], float]], name: str
) -> None:
    ours = Sam(TINY[kind](), kind, CPU)
    area, confidence = ours.cut(ours.see(PICTURE), PROMPTS[name])
    wanted, sure = stock(PROMPTS[name])
    assert 0.005 < wanted.mean() < 0.995
    assert overlap(area, wanted) > 0.999
    assert confidence == pytest.approx(sure, abs=1e-4)


def test_a_sam2_as_it_is_published_is_one_like_the_plain_one() -> None:
    plain, film = (
        Sam(directory, SelectorKind.SAM2, CPU) for directory in (tiny_sam2(), tiny_sam2_video())
    )
    wanted, sure = plain.cut(plain.see(PICTURE), PROMPTS["clicks"])
    area, confidence = film.cut(film.see(PICTURE), PROMPTS["clicks"])
    assert np.array_equal(area, wanted)
    assert confidence == sure
    described = recognized("mine", tiny_sam2_video())
    assert isinstance(described, Selector) and described.kind is SelectorKind.SAM2


def test_weights_that_are_missing_are_not_made_up(tmp_path: Path) -> None:
    from safetensors.torch import load_file, save_file

    for file in tiny_sam().iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    weights = load_file(tmp_path / "model.safetensors")
    del weights["mask_decoder.iou_token.weight"]
    save_file(weights, tmp_path / "model.safetensors", {"format": "pt"})
    with pytest.raises(ValueError, match=r"missing: mask_decoder\.iou_token"):
        Sam(tmp_path, SelectorKind.SAM, CPU)


def test_owlv2_gives_what_transformers_pipeline_gives() -> None:
    directory = tiny_owl()
    pipeline: Any = transformers.pipeline("zero-shot-object-detection", model=str(directory))
    wanted = pipeline(Image.fromarray(PICTURE), candidate_labels=["a cup"], threshold=0.05)
    found = Owl(directory, CPU).find(PICTURE, " a  cup ")
    assert found
    assert {sighting.words for sighting in found} == {"a cup"}
    scores = {round(one["score"], 4): one["box"] for one in wanted}
    assert found[0].confidence == pytest.approx(max(scores), abs=1e-3)
    for sighting in found:
        score = min(scores, key=lambda one: abs(one - sighting.confidence))
        assert score == pytest.approx(sighting.confidence, abs=1e-3)
        theirs, ours = scores[score], sighting.box
        # The pipeline cuts off fractions and goes beyond the picture.
        assert abs(max(0, theirs["xmin"]) - ours.x) <= 1
        assert abs(min(HEIGHT, theirs["ymax"]) - ours.bottom) <= 1


@torch.inference_mode()
def test_birefnet_gives_what_the_published_code_gives() -> None:
    logits = load(tiny_birefnet()).eval()(pixels())[0, 0, ::EVERY, ::EVERY]
    wanted = torch.tensor(published()["logits"])
    assert wanted.std() > 0.2
    assert (logits - wanted).abs().max() < 1e-4


def test_a_birefnet_of_another_kind_is_told_from_a_good_one(tmp_path: Path) -> None:
    from safetensors.torch import load_file, save_file

    weights = load_file(tiny_birefnet() / "model.safetensors")
    del weights["decoder.conv_out1.0.weight"]
    save_file(weights, tmp_path / "model.safetensors")
    with pytest.raises(ValueError, match=r"another kind.*conv_out1"):
        load(tmp_path)


def selector(name: str) -> Selector:
    found = recognized(name, TINY[name]())
    assert isinstance(found, Selector)
    return found


def test_selectors_have_a_share_of_the_memory_and_leave_it_for_each_other() -> None:
    sam, owl = selector("sam"), selector("owlv2")
    sizes = [sam.weight_bytes, owl.weight_bytes]
    network = transformers.SamModel.from_pretrained(sam.directory)
    assert sizes[0] == 4 * sum(weight.numel() for weight in network.parameters())
    assert memory_share([], 10**9) == 0
    assert memory_share([sam, owl], 10**9) == round(1.5 * sum(sizes))
    assert memory_share([sam, owl], 4000) == 1000

    rack = Rack(CPU, max(sizes))
    rack.use(sam, lambda network: network)
    rack.use(owl, lambda network: network)
    assert "owlv2" in rack
    assert "sam" not in rack


def test_what_finds_no_room_on_the_device_is_loaded_anew_in_the_computers_memory() -> None:
    rack = Rack(CPU, 10**9)
    tried: list[Any] = []

    def work(network: Any) -> str:
        tried.append(network)
        if len(tried) == 1:
            raise RuntimeError("can't allocate memory")
        return "done"

    assert rack.use(selector("sam"), work) == "done"
    assert tried[0] is not tried[1]
