"""What a LoRA is for is read from its header, and how it is sampled from what it is called."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from sfumato.engines.parameters import Scheduler
from sfumato.models.description import describe
from sfumato.models.errors import UnusableModel
from sfumato.models.fit import Fit
from sfumato.models.lora import FewSteps, describe_lora
from tests.support.tiny_additions import tiny_lora
from tests.support.tiny_models import FAMILIES, tiny_model

KOHYA = "lora_unet_down_blocks_1_attentions_0_transformer_blocks_0_attn2_to_k.lora_down.weight"
SGM = "lora_unet_input_blocks_4_1_transformer_blocks_0_attn2_to_k.lora_down.weight"
PEFT = "unet.down_blocks.0.attentions.0.transformer_blocks.0.attn2.to_k.lora_A.weight"
OLD = "unet.down_blocks.0.attentions.0.transformer_blocks.0.attn2.processor.to_k_lora.down.weight"


def lora(path: Path, name: str, width: int, **metadata: str) -> Path:
    save_file({name: np.zeros((4, width), np.float16)}, path, metadata or None)
    return path


@pytest.mark.parametrize("name", [KOHYA, SGM, PEFT, OLD])
@pytest.mark.parametrize(("width", "family"), [(768, "sd15"), (1024, "sd2"), (2048, "sdxl")])
def test_unets_are_told_by_the_width_of_the_text(
    tmp_path: Path, name: str, width: int, family: str
) -> None:
    found = describe_lora("mine", lora(tmp_path / "a.safetensors", name, width))
    assert found.fit == Fit("unet", width)
    assert found.fit.family() == family


@pytest.mark.parametrize(
    ("name", "lineage"),
    [
        ("transformer.single_transformer_blocks.0.attn.to_q.lora_A.weight", "flux"),
        ("lora_unet_double_blocks_0_img_attn_qkv.lora_down.weight", "flux"),
        ("transformer.transformer_blocks.0.attn.add_q_proj.lora_A.weight", "sd3"),
    ],
)
def test_transformers_are_told_by_the_names_of_their_parts(
    tmp_path: Path, name: str, lineage: str
) -> None:
    assert describe_lora("mine", lora(tmp_path / "a.safetensors", name, 3072)).fit == Fit(lineage)


def test_where_names_and_shapes_are_silent_the_metadata_speaks(tmp_path: Path) -> None:
    name = "lora_te_text_model_encoder_layers_0_mlp_fc1.lora_down.weight"
    file = lora(tmp_path / "a.safetensors", name, 768, ss_base_model_version="sd_v1")
    assert describe_lora("mine", file).fit == Fit("unet", 768)


@pytest.mark.parametrize("name", ["transformer_blocks.0.img_mlp.net.2.lora_A.weight"])
def test_a_lora_for_something_else_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(UnusableModel, match="cannot use LoRAs with"):
        describe_lora("mine", lora(tmp_path / "a.safetensors", name, 3072))


@pytest.mark.parametrize("family", ["sd15", "sdxl", "sd3", "flux"])
def test_a_lora_fits_the_models_of_its_family_and_no_other(family: str) -> None:
    fit = describe_lora("mine", tiny_lora(family)).fit
    fitting = {name for name in FAMILIES if describe(name, tiny_model(name)) in fit}
    alike = {"sd15": {"sd15-inpaint"}, "sdxl": {"sdxl-inpaint"}}
    alike["flux"] = {"flux-fill", "flux-kontext"}
    assert fitting == {family} | alike.get(family, set())


@pytest.mark.parametrize(
    ("called", "settings"),
    [
        ("lcm-lora-sdv1-5", FewSteps(4, 1.0, Scheduler.LCM)),
        ("sdxl_lightning_8step_lora", FewSteps(8, 1.0, Scheduler.TRAILING_EULER)),
        ("Hyper-SDXL-8steps-lora", FewSteps(8, 1.0, Scheduler.TRAILING_EULER)),
        ("Hyper-SD15-12steps-CFG-lora", FewSteps(12, 5.0, Scheduler.TRAILING_EULER)),
        ("hyper-realistic-skin", None),
        ("watercolour", None),
    ],
)
def test_loras_for_few_steps_are_known_by_name(
    tmp_path: Path, called: str, settings: FewSteps | None
) -> None:
    file = lora(tmp_path / f"{called}.safetensors", KOHYA, 768)
    assert describe_lora("mine", file).few_steps == settings


def test_in_the_hubs_cache_the_repositorys_name_counts(tmp_path: Path) -> None:
    folder = tmp_path / "models--latent-consistency--lcm-lora-sdxl" / "snapshots" / "0123"
    folder.mkdir(parents=True)
    file = lora(folder / "pytorch_lora_weights.safetensors", KOHYA, 2048)
    found = describe_lora("mine", file).few_steps
    assert found is not None
    assert found.scheduler is Scheduler.LCM


def test_flux_keeps_its_sampler_and_takes_the_lora_at_its_own_weight(tmp_path: Path) -> None:
    name = "transformer.single_transformer_blocks.0.attn.to_q.lora_A.weight"
    found = describe_lora(
        "mine", lora(tmp_path / "Hyper-FLUX.1-dev-8steps-lora.safetensors", name, 8)
    )
    assert (found.few_steps, found.weight) == (FewSteps(8), 0.125)
