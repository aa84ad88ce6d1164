"""The sources by the names that the command line knows them by.

Readers are imported when one is made: listing the kinds has to answer at once.
"""
# ruff: noqa: PLC0415 (see above)

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING

from pipelines.sources import caption_sets, makers

if TYPE_CHECKING:
    from pipelines.sources.source import Source


@dataclass(frozen=True, kw_only=True)
class SourceOptions:
    """What the command line may say about a source beside its input."""

    name: str | None = None
    """Name of the source in the lake, where the default would clash."""
    text_kind: str = "human"
    """What a folder's texts are where its rows do not say."""
    seed: int = 0
    """Seed of scenes."""
    audio: str | None = None
    """Where the sounds are, if not beside the input: a folder, an archive, an fsspec URL."""
    subset: str | None = None
    """Part of the set to read, such as train; every part if None."""
    texts_only: bool = False
    """Read the listing and its texts, and look for no sound."""
    text_column: str | None = None
    """Column that holds the text, for sets whose columns differ."""
    licence: str | None = None
    """Licence of the items where the set states none."""
    allow_private: bool = False
    """Whether URLs in the data may lead to private addresses."""


@dataclass(frozen=True, kw_only=True)
class SourceKind:
    """A kind of source: what it is for people, and its reader."""

    make: Callable[[str, SourceOptions], "Source"]
    """From the input as given and the options to the source; ValueError if they do not fit."""
    title: str
    """The set's proper name, or what it is."""
    given: str
    """What the input is: a folder of a known layout, a file, a number."""
    licence: str
    """Licence of the set, as its publisher states it."""
    download: str
    """What the user must get, and where it is published."""


def _folder(given: str, options: SourceOptions) -> "Source":
    from pipelines.sources.folder import folder_source

    refuse_all_but(options, "folder", "name", "text_kind", "texts_only", "audio")
    audio = None if options.audio is None else Path(options.audio)
    source = folder_source(Path(given), options.name, options.text_kind, audio=audio)
    return replace(source, texts_only=options.texts_only)


def _scenes(given: str, options: SourceOptions) -> "Source":
    from pipelines.sources.scenes import scenes_source

    refuse_all_but(options, "scenes", "name", "text_kind", "seed")
    return scenes_source(given, options.seed)


def refuse_all_but(options: SourceOptions, kind: str, *used: str) -> None:
    """Refuse options that would be passed over in silence.

    Raises:
        ValueError: If one is given that this kind of source does not use.
    """
    default = SourceOptions()
    for option in fields(options):
        given = getattr(options, option.name)
        if option.name not in used and given != getattr(default, option.name):
            spelled = option.name.replace("_", "-")
            msg = f"the source {kind} has no use for --{spelled}: leave it out"
            raise ValueError(msg)


_NVIDIA = "NVIDIA OneWay Noncommercial License"

SOURCES: dict[str, SourceKind] = {
    "folder": SourceKind(
        make=_folder,
        title="any tree of sounds with a sidecar",
        given="JSONL or CSV with a column `path`; --audio where its links lead",
        licence="as its rows state",
        download="nothing",
    ),
    "scenes": SourceKind(
        make=_scenes,
        title="procedural acoustic scenes",
        given="how many",
        licence="CC0-1.0",
        download="nothing: they are made here",
    ),
    "audiocaps": SourceKind(
        make=caption_sets.audiocaps,
        title="AudioCaps",
        given="its folder with dataset/{train,val,test}.csv, or one CSV",
        licence="MIT (captions); academic use (README); none for the audio",
        download="github.com/cdjkim/audiocaps; the audio yourself, as YOUTUBE_ID.wav, --audio",
    ),
    "clotho": SourceKind(
        make=caption_sets.clotho,
        title="Clotho 2.1",
        given="its folder, or one clotho_captions_*.csv",
        licence="per file (Freesound); captions non-commercial",
        download="zenodo.org/records/4783391: captions, metadata and unpacked audio",
    ),
    "wavcaps": SourceKind(
        make=caption_sets.wavcaps,
        title="WavCaps",
        given="its folder with json_files, or one *_final.json",
        licence="academic use only",
        download="huggingface.co/datasets/cvssp/WavCaps: json_files, and the zips unpacked",
    ),
    "fsd50k": SourceKind(
        make=caption_sets.fsd50k,
        title="FSD50K",
        given="its folder, or FSD50K.ground_truth/{dev,eval}.csv",
        licence="CC-BY-4.0; per clip CC0, BY, BY-NC or Sampling+",
        download="zenodo.org/records/4060432: ground truth, metadata and unpacked audio",
    ),
    "musiccaps": SourceKind(
        make=caption_sets.musiccaps,
        title="MusicCaps",
        given="musiccaps-public.csv, or its folder",
        licence="CC-BY-SA-4.0; none for the audio",
        download="kaggle.com/datasets/googleai/musiccaps; the audio yourself, as YTID.wav, --audio",
    ),
    "audioset": SourceKind(
        make=caption_sets.audioset,
        title="AudioSet, weak labels",
        given="its folder, or one *_segments.csv",
        licence="CC-BY-4.0; none for the audio",
        download="research.google.com/audioset: segments, class_labels_indices.csv; audio yourself",
    ),
    "audioset-strong": SourceKind(
        make=caption_sets.audioset_strong,
        title="AudioSet, strong labels",
        given="its folder, or one audioset_*_strong.tsv",
        licence="CC-BY-4.0; none for the audio",
        download="research.google.com/audioset/download_strong.html; the audio yourself",
    ),
    "songdescriber": SourceKind(
        make=caption_sets.songdescriber,
        title="Song Describer",
        given="its folder, or song_describer.csv",
        licence="CC-BY-SA-4.0; per track CC (audio_licenses.txt)",
        download="zenodo.org/records/10072001: CSV, audio_licenses.txt and unpacked audio.zip",
    ),
    "fma": SourceKind(
        make=caption_sets.fma,
        title="Free Music Archive (FMA)",
        given="its folder with fma_metadata and fma_SIZE",
        licence="CC-BY-4.0 (metadata); per track",
        download="github.com/mdeff/fma: fma_metadata and one of fma_{small,medium,large,full}",
    ),
    "esc50": SourceKind(
        make=caption_sets.esc50,
        title="ESC-50 and ESC-10",
        given="its folder with meta/esc50.csv and audio",
        licence="CC-BY-NC-3.0, ESC-10 CC-BY-3.0; per clip (LICENSE)",
        download="github.com/karolpiczak/ESC-50",
    ),
    "ljspeech": SourceKind(
        make=caption_sets.ljspeech,
        title="LJ Speech",
        given="its folder with metadata.csv and wavs",
        licence="public domain",
        download="keithito.com/LJ-Speech-Dataset",
    ),
    "webdataset": SourceKind(
        make=makers.webdataset,
        title="WebDataset tars (LAION-Audio-630k and alike)",
        given="a tar, a glob of tars, or a folder or URL of tars",
        licence="per sample, where its JSON states one",
        download="tars of `KEY.flac` and `KEY.json`; of LAION's: https://github.com/LAION-AI/audio-dataset",
    ),
    "hf-parquet": SourceKind(
        make=makers.hf_parquet,
        title="Hugging Face Parquet with an Audio column",
        given="a Parquet file, a glob, or a folder",
        licence="per set; --licence where no column states it",
        download="the set's Parquet files, as by `hf download REPO --repo-type dataset`",
    ),
    "ualm-generation": SourceKind(
        make=makers.ualm_generation,
        title="UALM release, text-to-audio rows",
        given="JSONL, a glob, or a folder; --audio where the sounds are",
        licence="the user's own data; code MIT",
        download="your own manifests in the format of https://github.com/NVIDIA/audio-intelligence",
    ),
    "ualm-understanding": SourceKind(
        make=makers.conversations("ualm-understanding"),
        title="UALM release, understanding rows",
        given="JSON, a glob, or a folder; --audio where the sounds are",
        licence="the user's own data; code MIT",
        download="your own lists in the format of https://github.com/NVIDIA/audio-intelligence",
    ),
    "ualm-text": SourceKind(
        make=makers.text_mix("ualm-text"),
        title="UALM release, text rows",
        given="JSONL, a glob, or a folder",
        licence="the user's own data; code MIT",
        download="your own JSONL in the format of https://github.com/NVIDIA/audio-intelligence",
    ),
    "audioskills": SourceKind(
        make=makers.conversations("audioskills", _NVIDIA),
        title="AudioSkills and AudioSkills-XL",
        given="folder of its JSON files; --audio where the sounds are",
        licence=f"{_NVIDIA} (texts); sounds per their sets",
        download="https://huggingface.co/datasets/nvidia/AudioSkills; sounds from their sets",
    ),
    "longaudio": SourceKind(
        make=makers.conversations("longaudio", _NVIDIA),
        title="LongAudio and LongAudio-XL",
        given="folder of its JSON files; --audio where the sounds are",
        licence=f"{_NVIDIA} (texts); sounds per their sets",
        download="https://huggingface.co/datasets/nvidia/LongAudio; sounds from their sets",
    ),
    "af-think": SourceKind(
        make=makers.conversations("af-think", _NVIDIA),
        title="AF-Think: answers with thinking",
        given="folder of its JSON files; --audio where the sounds are",
        licence=f"{_NVIDIA} (texts); sounds per their sets",
        download="https://huggingface.co/datasets/nvidia/AF-Think; sounds from their sets",
    ),
    "af-chat": SourceKind(
        make=makers.conversations("af-chat", _NVIDIA),
        title="AF-Chat: several turns, several sounds",
        given="folder of its JSON files; --audio where the sounds are",
        licence=f"{_NVIDIA} (texts); sounds per their sets",
        download="https://huggingface.co/datasets/nvidia/AF-Chat; sounds from their sets",
    ),
    "llama-nemotron": SourceKind(
        make=makers.text_mix("llama-nemotron", "CC-BY-4.0"),
        title="Llama-Nemotron post-training set",
        given="JSONL, a glob, or its folder SFT; --subset for one category",
        licence="CC-BY-4.0; per row, as `license` states it",
        download="https://huggingface.co/datasets/nvidia/Llama-Nemotron-Post-Training-Dataset",
    ),
    "acemath": SourceKind(
        make=makers.text_mix("acemath", "CC-BY-NC-4.0"),
        title="AceMath-Instruct training data",
        given="its Parquet files or JSONL, a glob, or a folder",
        licence="CC-BY-NC-4.0",
        download="https://huggingface.co/datasets/nvidia/AceMath-Instruct-Training-Data",
    ),
}
"""By the name that commands and corpus files use."""


def source_named(name: str, given: str, options: SourceOptions) -> "Source":
    """Return a source.

    Args:
        name: Key into `SOURCES`.
        given: Its input: a sidecar file, a folder of a known layout, a number of scenes.
        options: What else was said.

    Raises:
        ValueError: If there is no such source, or the input is not what it reads, or is empty.
    """
    if name not in SOURCES:
        msg = f"expected a source of {', '.join(SOURCES)}; got {name!r}"
        raise ValueError(msg)
    source = SOURCES[name].make(given, options)
    if next(source.items(), None) is None:
        msg = f"expected at least one item, found none in {given}"
        raise ValueError(msg)
    return source
