"""The published weights that scorers need: one literal table."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """What a file's bytes have to hash to."""

    value: str
    """The digest, in hexadecimal."""

    kind: Literal["sha256", "md5"] = "sha256"
    """The hash. MD5 only where nothing better is known."""

    reported: bool = True
    """Whether it was only read somewhere: nobody of this project has seen the file."""

    def __str__(self) -> str:
        """Return kind and value, as messages show them."""
        return f"{self.kind}:{self.value}"


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

    optional: bool = False
    """Whether a folder that is added may lack it."""

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
    """As its publisher states it; `unknown` if no statement was found."""

    needed_by: str
    """Metric and presets."""

    folder: str
    """Folder in the store; names that stand for one file share it."""

    @property
    def is_folder(self) -> bool:
        """Whether a loader is given the folder: weights of several files."""
        return len(self.parts) > 1

    @property
    def size(self) -> int | None:
        """Bytes of all published files that have to be there; None if one is unknown."""
        sizes = [part.published.size for part in self.parts if not part.optional]
        return None if None in sizes else sum(size for size in sizes if size is not None)


_HUB = "https://huggingface.co"
_AUDIOBOX = f"{_HUB}/facebook/audiobox-aesthetics/resolve/9b1dd8e5df9af7216e836a98974fe3b82c56ded6"
_CLAP = f"{_HUB}/laion/clap-htsat-fused/resolve/365dea6ef167def6676140ed93bbc43f84dabb28"
_XCODEC = f"{_HUB}/hf-audio/xcodec-hubert-general/resolve/240735a1ade315cb9b22604fe898e7df03d67378"
_PANNS = "https://zenodo.org/records/3987831/files"
_PASST = "https://github.com/kkoutini/PaSST/releases/download/v0.0.1-audioset"
_OPENL3 = "https://github.com/marl/openl3/raw/models"
_AUDIOSET = "https://storage.googleapis.com/us_audioset/youtube_corpus/v1/csv"


def _sha256(value: str) -> Digest:
    return Digest(value=value)


def _part(base: str, kept: Content, *, optional: bool = False) -> WeightsPart:
    url = f"{base}/{kept.name.replace('=', '%3D')}"
    return WeightsPart(url=url, kept=kept, optional=optional)


_OPENL3_ENV = WeightsPart(
    url=f"{_OPENL3}/openl3_audio_mel256_env-v0_4_0.h5.gz",
    kept=Content(name="openl3_audio_mel256_env.h5"),
    packed=Content(name="openl3_audio_mel256_env-v0_4_0.h5.gz"),
)
_OPENL3_MUSIC = WeightsPart(
    url=f"{_OPENL3}/openl3_audio_mel256_music-v0_4_0.h5.gz",
    kept=Content(
        name="openl3_audio_mel256_music.h5",
        digest=_sha256("624ee7b1dd5ff87e18073f66fd8b2052bebb8ac70210e9c0937c0c940c63e9d6"),
    ),
    packed=Content(
        name="openl3_audio_mel256_music-v0_4_0.h5.gz",
        digest=_sha256("e379f41e880b78e157c199ebddac80d3764e6a46282bcccdbe875bcf538f9afd"),
    ),
)
_PASST_S = Content(
    name="passt-s-f128-p16-s10-ap.476-swa.pt",
    size=344_665_734,
    digest=_sha256("302903fa8c4aee817b11dc982da0b29aaf8d11a3e722420476d0a12c9db70c2c"),
)
_CNN14_32K = Content(
    name="Cnn14_mAP=0.431.pth",
    size=327_428_481,
    digest=_sha256("0dc499e40e9761ef5ea061ffc77697697f277f6a960894903df3ada000e34b31"),
)
_CNN14_16K = Content(
    name="Cnn14_16k_mAP=0.438.pth",
    size=358_668_570,
    digest=_sha256("e2ee543a27919542c2ea03eabaa70b24dcd4e6c8e05621de6b67a94e4c5058e6"),
)
_AUDIOBOX_CHECKPOINT = Content(
    name="checkpoint.pt",
    size=415_520_834,
    digest=_sha256("a4931a7a01c3e6733352e9d85371835f03bf9135f8b31e1583c23538811d4a32"),
)
_CLAP_PARTS = (
    _part(
        _CLAP,
        Content(
            name="config.json",
            digest=_sha256("b1d63489dc5061da229c23d2b11e9ca731639574449f82319fabb01da7fcf480"),
        ),
    ),
    _part(
        _CLAP,
        Content(
            name="model.safetensors",
            digest=_sha256("3f648de6d030e17494be455d323b8d191233fbae0c7ce0ba745fd21a926a63a6"),
        ),
    ),
    _part(
        _CLAP,
        Content(
            name="preprocessor_config.json",
            size=537,
            digest=_sha256("072bdd9ba771b6d213c56f15c0f765e33192b92e481581b52271cf16c9013684"),
        ),
    ),
    _part(_CLAP, Content(name="tokenizer.json")),
    _part(_CLAP, Content(name="tokenizer_config.json", size=384)),
    _part(_CLAP, Content(name="special_tokens_map.json", size=280), optional=True),
    _part(_CLAP, Content(name="merges.txt"), optional=True),
    _part(_CLAP, Content(name="vocab.json"), optional=True),
)
_LABELS = Content(
    name="class_labels_indices.csv",
    size=14_675,
    digest=_sha256("cdd1049833c4b86127c2773ac0d14a2754b6a6d0d1798002ed5c66e699708429"),
)

_ENTRIES = (
    WeightsEntry(
        name="openl3-mel256-env-512",
        parts=(_OPENL3_ENV,),
        licence="CC BY 4.0",
        needed_by="FD of sounds (stable-audio-metrics, ualm)",
        folder="openl3-mel256-env",
    ),
    WeightsEntry(
        name="openl3-mel256-env-6144",
        parts=(_OPENL3_ENV,),
        licence="CC BY 4.0",
        needed_by="FD of sounds with 6144 dimensions",
        folder="openl3-mel256-env",
    ),
    WeightsEntry(
        name="openl3-mel256-music-512",
        parts=(_OPENL3_MUSIC,),
        licence="CC BY 4.0",
        needed_by="FD of music (stable-audio-metrics, ualm)",
        folder="openl3-mel256-music",
    ),
    WeightsEntry(
        name="openl3-mel256-music-6144",
        parts=(_OPENL3_MUSIC,),
        licence="CC BY 4.0",
        needed_by="FD of music with 6144 dimensions",
        folder="openl3-mel256-music",
    ),
    WeightsEntry(
        name="passt-s-ap476",
        parts=(_part(_PASST, _PASST_S),),
        licence="Apache-2.0",
        needed_by="KL (stable-audio-metrics, ualm)",
        folder="passt-s-ap476",
    ),
    WeightsEntry(
        name="cnn14-32k",
        parts=(_part(_PANNS, _CNN14_32K),),
        licence="CC BY 4.0",
        needed_by="IS (ualm)",
        folder="cnn14-32k",
    ),
    WeightsEntry(
        name="cnn14-16k",
        parts=(_part(_PANNS, _CNN14_16K),),
        licence="CC BY 4.0",
        needed_by="KL, IS (audioldm-eval)",
        folder="cnn14-16k",
    ),
    WeightsEntry(
        name="audiobox-aesthetics",
        parts=(_part(_AUDIOBOX, _AUDIOBOX_CHECKPOINT),),
        licence="CC BY 4.0",
        needed_by="AES (ualm)",
        folder="audiobox-aesthetics",
    ),
    WeightsEntry(
        name="clap-htsat-fused",
        parts=_CLAP_PARTS,
        licence="Apache-2.0",
        needed_by="CL (stable-audio-metrics, ualm)",
        folder="clap-htsat-fused",
    ),
    WeightsEntry(
        name="audioset-labels",
        parts=(_part(_AUDIOSET, _LABELS),),
        licence="CC BY 4.0",
        needed_by="names of the classes of KL and IS",
        folder="audioset-labels",
    ),
    WeightsEntry(
        name="xcodec-hubert-general",
        parts=(
            _part(_XCODEC, Content(name="config.json")),
            _part(_XCODEC, Content(name="model.safetensors")),
        ),
        licence="unknown",
        needed_by="training and generation with X-Codec",
        folder="xcodec-hubert-general",
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
