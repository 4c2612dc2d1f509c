"""What can be set, its defaults and what is allowed. ``sfumato.configuration`` reads it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

import platformdirs
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ValidationInfo,
    field_validator,
)
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from sfumato.access.pair import Pair, usual_pair
from sfumato.listen import Listen
from sfumato_client.discovery import state_dir

ENVIRONMENT_PREFIX = "SFUMATO_"
_MEGA = 1_000_000
_GIGA = 1_000_000_000
DEVICE = r"^(auto|cpu|mps|(cuda|xpu)(:\d+)?)$"
"""Names of devices, as PyTorch has them."""


def config_dir() -> Path:
    """The user's configuration directory; it need not be there."""
    return platformdirs.user_config_path("sfumato", appauthor=False)


class _Group(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Limits(_Group):
    """The bounds of what one request and one owner may ask."""

    window_pixels: Annotated[int, Field(ge=1)] = 64 * _MEGA
    edit_pixels: Annotated[int, Field(ge=1)] = 128 * _MEGA
    regions: Annotated[int, Field(ge=1, le=4096)] = 256
    upload_bytes: Annotated[int, Field(ge=1)] = 2 * _GIGA
    spool_bytes: Annotated[int, Field(ge=1)] = 20 * _GIGA
    """Disk for the pixels of all jobs."""
    queued_jobs: Annotated[int, Field(ge=1)] = 200
    concurrent_calls: Annotated[int, Field(ge=1)] = 256
    """Calls of all clients together."""
    owner_calls: Annotated[int, Field(ge=1)] = 64
    """Calls of one owner at once."""
    stall_seconds: Annotated[float, Field(gt=0)] = 120.0
    """How long a client may neither send what it announced nor read what it asked for."""
    upload_bytes_per_second: Annotated[int, Field(ge=1)] = 16_000
    """What a client must send on the whole, or it is given up."""


class Tls(_Group):
    """What the daemon proves itself with, as PEM files."""

    cert: Annotated[Path, AfterValidator(Path.expanduser)] | None = None
    key: Annotated[Path, AfterValidator(Path.expanduser)] | None = None


class Retention(_Group):
    """How much of the ended jobs' pictures is kept."""

    bytes: Annotated[int, Field(ge=0)] = 10 * _GIGA
    days: Annotated[float, Field(ge=0)] = 30.0


class Web(_Group):
    """The page in a browser of this computer."""

    port: Annotated[int, Field(ge=0, le=65535)] | None = None
    """Where it is; 0: any free one, None: nowhere."""
    hosts: tuple[str, ...] = ()
    """Names it may be asked by beside this computer's own: those of a proxy before it."""


class Log(_Group):
    """What the daemon writes to standard error."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    format: Literal["text", "json"] = "text"


def _pair(data: Mapping[str, Any]) -> Pair | None:
    """The certificate and key that are named, else those of the state directory, if any."""
    tls: Tls = data["tls"]
    if tls.cert is not None and tls.key is not None:
        return Pair(tls.cert, tls.key)
    usual = usual_pair(data["state_dir"])
    return usual if usual.certificate.exists() else None


class Settings(BaseSettings):
    """Everything that can be set. ``configuration.load`` makes one."""

    model_config = SettingsConfigDict(
        env_prefix=ENVIRONMENT_PREFIX, env_nested_delimiter="__", extra="forbid", frozen=True
    )

    state_dir: Annotated[Path, AfterValidator(Path.expanduser)] = Field(default_factory=state_dir)
    tls: Tls = Tls()
    listen: Annotated[str, Field(description="HOST:PORT")] = "127.0.0.1:0"
    limits: Limits = Limits()
    retention: Retention = Retention()
    models: Annotated[dict[str, Path], NoDecode] = {}
    """Model directories by name: a table in TOML, NAME=DIR,NAME=DIR in the environment."""
    device: Annotated[str, Field(pattern=DEVICE)] = "auto"
    """Where models run."""
    devices: Annotated[tuple[Annotated[str, Field(pattern=DEVICE)], ...], NoDecode] = ()
    """The same where there are several: an engine host on each. A number is a CUDA device."""
    workers: Literal["processes", "ray"] = "processes"
    """Where engines run: beside the daemon, or on the computers of a Ray cluster."""
    ray_address: str = ""
    """The cluster's HOST:PORT; empty: one of this computer alone, which ends with the daemon."""
    presets: Annotated[Path, AfterValidator(Path.expanduser)] = Field(
        default_factory=lambda: config_dir() / "presets"
    )
    """Where the user's own presets lie, if there are any."""
    recipes: Annotated[Path, AfterValidator(Path.expanduser)] = Field(
        default_factory=lambda: config_dir() / "recipes"
    )
    """Where the user's own recipes lie, if there are any."""
    safety_checker: bool = True
    """Whether the safety checker of a model that comes with one is heard."""
    compile: bool = False
    """Whether networks are compiled before their first step, where that makes later ones faster."""
    model_memory_bytes: Annotated[int, Field(ge=0)] = 0
    """How much of the device's memory models may take; 0: three quarters."""
    idle_host_seconds: Annotated[float, Field(gt=0)] = 600.0
    """After so long without work an engine's process ends and its memory is back."""
    grace_seconds: Annotated[float, Field(ge=0)] = 5.0
    """How long running calls may finish when the daemon is asked to stop."""
    log: Log = Log()
    metrics: Annotated[str, Field(description="PORT or HOST:PORT")] = ""
    """Where ``/metrics`` is served, for Prometheus; nowhere if empty."""
    traces: Annotated[str, Field(pattern=r"^(https?://\S+)?$")] = ""
    """The OpenTelemetry collector (OTLP over gRPC) that is told of every edit, as a URL."""
    web: Web = Web()

    @field_validator("tls")
    @classmethod
    def _both(cls, tls: Tls) -> Tls:
        if (tls.cert is None) is not (tls.key is None):
            raise ValueError("must name both a certificate (tls.cert) and its key (tls.key)")
        return tls

    @field_validator("listen")
    @classmethod
    def _encrypted_beyond_loopback(cls, text: str, info: ValidationInfo) -> str:
        known = "state_dir" in info.data and "tls" in info.data
        if not Listen.parse(text).loopback and known and _pair(info.data) is None:
            raise ValueError(
                "must be an address of this computer, such as 127.0.0.1:0, unless it has a "
                "certificate for TLS: beyond it pictures and tokens travel encrypted or never. "
                "Make one with `sfumato tls self-signed`, or name yours (--tls-cert, --tls-key)"
            )
        return text

    @field_validator("metrics", mode="before")
    @classmethod
    def _port(cls, value: object) -> object:
        text = f":{value}" if str(value).isdigit() else value
        if isinstance(text, str) and text:
            Listen.parse(text)
        return text

    @field_validator("devices", mode="before")
    @classmethod
    def _numbered(cls, value: object) -> object:
        if isinstance(value, str):
            value = [name.strip() for name in value.split(",") if name.strip()]
        if not isinstance(value, Sequence):
            return value
        return tuple(f"cuda:{name}" if str(name).isdecimal() else name for name in value)

    @field_validator("devices")
    @classmethod
    def _instead_of_one(cls, devices: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        if devices and info.data.get("device", "auto") != "auto":
            raise ValueError("must not be given beside device: name them all in devices")
        twice = {name for name in devices if devices.count(name) > 1 and name != "cpu"}
        if twice:
            raise ValueError(f"must name each device once, unlike {', '.join(sorted(twice))}")
        return devices

    @field_validator("ray_address")
    @classmethod
    def _of_a_cluster(cls, address: str, info: ValidationInfo) -> str:
        if address and info.data.get("workers", "ray") != "ray":
            raise ValueError("must come with workers = ray (--workers ray)")
        if address and info.data.get("devices"):
            raise ValueError("must not be given beside devices: each computer there has its own")
        return address

    @field_validator("models", mode="before")
    @classmethod
    def _pairs(cls, value: object) -> object:
        if isinstance(value, str):
            value = [pair for pair in value.split(",") if pair.strip()]
        if not isinstance(value, Sequence):
            return value
        pairs = [str(pair).partition("=") for pair in value]
        if not all(name.strip() and folder.strip() for name, _, folder in pairs):
            raise ValueError("must be NAME=DIR pairs")
        return {name.strip(): folder.strip() for name, _, folder in pairs}

    @field_validator("models")
    @classmethod
    def _model_folders(cls, models: dict[str, Path]) -> dict[str, Path]:
        for name, folder in models.items():
            if name == "fill":
                raise ValueError("must use other names than fill, the engine that is built in")
            if not folder.exists():
                raise ValueError(f"must name folders or files that exist, unlike {folder}")
        return models

    @property
    def pair(self) -> Pair | None:
        """What to serve with; None for plain text.

        Those that are named, else, beyond this computer, those of ``sfumato tls self-signed``.
        """
        if self.tls.cert is None and self.address.loopback:
            return None
        return _pair({"state_dir": self.state_dir, "tls": self.tls})

    @property
    def placed(self) -> tuple[str, ...]:
        """The devices that models run on, at least one."""
        return self.devices or (self.device,)

    @property
    def address(self) -> Listen:
        """``listen``, parsed."""
        return Listen.parse(self.listen)

    @property
    def metrics_address(self) -> Listen | None:
        """Where metrics are served; None if nowhere. This computer alone unless a host is named."""
        return Listen.parse(self.metrics) if self.metrics else None

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Only what ``load`` has merged, which tells each value's source in its messages."""
        return (init_settings,)
