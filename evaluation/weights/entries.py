"""The published weights that scorers need: one literal table."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """What a file's bytes have to hash to."""

    value: str
    """The digest, in hexadecimal."""

    kind: Literal["sha256", "md5"] = "sha256"
    """The hash. MD5 only where its publisher gives no better one."""

    reported: bool = True
    """Whether it was only read somewhere: nobody of this project has seen the file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """Bytes under a name."""

    name: str
    """File name."""

    size: int | None = None
    """Bytes; None if no source says it."""

    digest: Digest | None = None
    """None if no source says it: then it is recorded when the file first comes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WeightsPart:
    """One file of an entry."""

    url: str
    """Where it is published."""

    kept: Content
    """The file as it stands in the store."""

    packed: Content | None = None
    """The file as it is published, if that is a gzip of the one that is kept."""

    @property
    def published(self) -> Content:
        """The file that the address gives."""
        return self.packed or self.kept


@dataclass(frozen=True, slots=True, kw_only=True)
class WeightsEntry:
    """Weights that go by one name."""

    name: str
    """Name in commands."""

    parts: tuple[WeightsPart, ...]
    """Its files."""

    licence: str
    """As its publisher states it; `unknown` if they do not."""

    needed_by: str
    """Metric and presets."""

    folder: str
    """Folder in the store; names that are one file share it."""

    @property
    def is_folder(self) -> bool:
        """Whether a loader is given the folder: weights of several files."""
        return len(self.parts) > 1


_OPENL3 = "https://github.com/marl/openl3/raw/models"
_PANNS = "https://zenodo.org/records/3987831/files"
_PASST = "https://github.com/kkoutini/PaSST/releases/download/v0.0.1-audioset"
_AUDIOSET = "http://storage.googleapis.com/us_audioset/youtube_corpus/v1/csv"
_HUB = "https://huggingface.co"


def _openl3(content: str, size: int) -> WeightsEntry:
    stem = f"openl3_audio_mel256_{content}"
    packed = f"{stem}-v0_4_0.h5.gz"
    return WeightsEntry(
        name=f"openl3-mel256-{content}-{size}",
        parts=(
            WeightsPart(
                url=f"{_OPENL3}/{packed}",
                kept=Content(name=f"{stem}.h5"),
                packed=Content(name=packed),
            ),
        ),
        licence="CC BY 4.0",
        needed_by=f"FD ({content})",
        folder=f"openl3-mel256-{content}",
    )


def _single(name: str, url: str, kept: Content, licence: str, needed_by: str) -> WeightsEntry:
    part = WeightsPart(url=url, kept=kept)
    return WeightsEntry(name=name, parts=(part,), licence=licence, needed_by=needed_by, folder=name)


def _hub(name: str, repo: str, files: tuple[Content, ...], licence: str, use: str) -> WeightsEntry:
    parts = tuple(
        WeightsPart(url=f"{_HUB}/{repo}/resolve/main/{file.name}", kept=file) for file in files
    )
    return WeightsEntry(name=name, parts=parts, licence=licence, needed_by=use, folder=name)


_ENTRIES = (
    _openl3("env", 512),
    _openl3("env", 6144),
    _openl3("music", 512),
    _openl3("music", 6144),
    _single(
        "passt-s-ap476",
        f"{_PASST}/passt-s-f128-p16-s10-ap.476-swa.pt",
        Content(name="passt-s-f128-p16-s10-ap.476-swa.pt"),
        "Apache-2.0",
        "KL (stable-audio-metrics, ualm)",
    ),
    _single(
        "cnn14-32k",
        f"{_PANNS}/Cnn14_mAP%3D0.431.pth",
        Content(name="Cnn14_mAP=0.431.pth", size=327428481),
        "CC BY 4.0",
        "IS (ualm)",
    ),
    _single(
        "cnn14-16k",
        f"{_PANNS}/Cnn14_16k_mAP%3D0.438.pth",
        Content(name="Cnn14_16k_mAP=0.438.pth"),
        "CC BY 4.0",
        "IS, KL (audioldm-eval)",
    ),
    _single(
        "audiobox-aesthetics",
        f"{_HUB}/facebook/audiobox-aesthetics/resolve/main/checkpoint.pt",
        Content(name="checkpoint.pt"),
        "CC BY 4.0",
        "AES",
    ),
    _hub(
        "clap-htsat-fused",
        "laion/clap-htsat-fused",
        (
            Content(name="config.json"),
            Content(name="preprocessor_config.json"),
            Content(name="pytorch_model.bin"),
            Content(name="merges.txt"),
            Content(name="special_tokens_map.json"),
            Content(name="tokenizer.json"),
            Content(name="tokenizer_config.json"),
            Content(name="vocab.json"),
        ),
        "Apache-2.0",
        "CL",
    ),
    _single(
        "audioset-labels",
        f"{_AUDIOSET}/class_labels_indices.csv",
        Content(name="class_labels_indices.csv", size=14675),
        "CC BY 4.0",
        "names of classes",
    ),
    _hub(
        "xcodec-hubert-general",
        "hf-audio/xcodec-hubert-general",
        (Content(name="config.json"), Content(name="model.safetensors")),
        "unknown",
        "training with X-Codec",
    ),
)

ENTRIES = {entry.name: entry for entry in _ENTRIES}
"""Every entry by its name."""


def weights_entry(name: str) -> WeightsEntry:
    """Return an entry.

    Raises:
        ValueError: If there is none of that name; it lists the names.
    """
    if name not in ENTRIES:
        msg = f"expected one of the weights {', '.join(ENTRIES)}; got {name!r}"
        raise ValueError(msg)
    return ENTRIES[name]
