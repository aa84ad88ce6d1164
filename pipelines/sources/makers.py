"""Makers of sources in containers, release formats and conversations, imported when called."""
# ruff: noqa: PLC0415 (listing the kinds has to answer at once)

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pipelines.sources.named import SourceOptions
    from pipelines.sources.source import Source

_SOUNDS = ("audio", "allow_private")
"""Options of sources whose sounds lie elsewhere."""


def webdataset(given: str, options: "SourceOptions") -> "Source":
    """Return the source of WebDataset tars."""
    from pipelines.sources.named import refuse_all_but
    from pipelines.sources.webdataset import webdataset_source

    refuse_all_but(options, "webdataset", "name", "text_kind", "licence", "texts_only")
    return webdataset_source(given, options)


def hf_parquet(given: str, options: "SourceOptions") -> "Source":
    """Return the source of Parquet files with a column of sounds."""
    from pipelines.sources.hf_parquet import hf_parquet_source
    from pipelines.sources.named import refuse_all_but

    texts = ("text_kind", "text_column", "texts_only", "licence")
    refuse_all_but(options, "hf-parquet", "name", "subset", *texts, *_SOUNDS)
    return hf_parquet_source(given, options)


def ualm_generation(given: str, options: "SourceOptions") -> "Source":
    """Return the source of the UALM release's text-to-audio rows."""
    from pipelines.sources.named import refuse_all_but
    from pipelines.sources.ualm_generation import ualm_generation_source

    texts = ("text_kind", "texts_only", "licence")
    refuse_all_but(options, "ualm-generation", "name", *texts, *_SOUNDS)
    return ualm_generation_source(given, options)


def conversations(
    name: str, licence: str | None = None
) -> Callable[[str, "SourceOptions"], "Source"]:
    """Return the maker of a set of conversations about sounds.

    Args:
        name: Name of the set in the lake.
        licence: Licence of the conversations as the set states it.
    """

    def make(given: str, options: "SourceOptions") -> "Source":
        from pipelines.sources.conversations import conversations_source
        from pipelines.sources.named import refuse_all_but

        refuse_all_but(options, name, "name", "subset", "licence", *_SOUNDS)
        return conversations_source(given, options, name, licence)

    return make


def text_mix(name: str, licence: str | None = None) -> Callable[[str, "SourceOptions"], "Source"]:
    """Return the maker of a set of text data.

    Args:
        name: Name of the set in the lake.
        licence: Licence of rows that state none, as the set states it.
    """

    def make(given: str, options: "SourceOptions") -> "Source":
        from pipelines.sources.named import refuse_all_but
        from pipelines.sources.text_mixes import text_mix_source

        refuse_all_but(options, name, "name", "subset", "licence")
        return text_mix_source(given, options, name, licence)

    return make
