"""WebDataset tars as LAION writes them: `KEY.flac` beside `KEY.json`, sample after sample.

The key is a member's name up to the first dot of its last part. The JSON holds `text` (captions),
`tag` (labels) and `original_data` (licence, uploader, link). `KEY.txt` and `KEY.cls` are read too.
"""

import hashlib
import posixpath
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import Any

from pipelines.sources.named import SourceOptions
from pipelines.sources.places import tars_of
from pipelines.sources.sample_texts import SampleTexts, read_json, read_plain
from pipelines.sources.several import name_of_set, place_of, position_of
from pipelines.sources.source import Defect, Received, Refusal, SourceItem, slug
from pipelines.sources.stores import is_remote, local_path, opened, read_part, status_of
from pipelines.sources.tar_files import TarFiles, decoded, read_member
from pipelines.sources.tar_headers import TarError
from pipelines.sources.tar_members import Member, members
from schemas.audio.sound import DecodeError, Limits

AUDIO = ("flac", "wav", "mp3", "ogg", "opus", "m4a", "aac", "wma", "aiff", "aif")
"""Suffixes of sounds, the likeliest first."""

_TEXTS = ("json", "txt", "cls")
_LONGEST_TEXT = 2**20


@dataclass(kw_only=True)
class _Sample:
    """Members of one key that stand together."""

    key: str
    at: int
    members: dict[str, Member] = field(default_factory=dict)
    twice: list[str] = field(default_factory=list)

    @property
    def audio(self) -> Member | None:
        return next((self.members[s] for s in AUDIO if s in self.members), None)


@dataclass(frozen=True, kw_only=True)
class WebDataset:
    """Samples in tars, read from one end to the other."""

    tars: tuple[str, ...]
    name: str
    text_kind: str
    licence: str | None
    texts_only: bool = False

    @property
    def root(self) -> str:
        """The beginning of its shards' names."""
        return f"webdataset-{slug(self.name)}"

    def parameters(self) -> dict[str, Any]:
        """Return what changes the rows beside the items."""
        return {
            "source": self.name,
            "text_kind": self.text_kind,
            "licence": self.licence,
            "texts_only": self.texts_only,
        }

    def items(self, position: int = 0) -> Iterator[SourceItem]:
        """Yield a sample an item, and what is no part of one as refused items."""
        first, at = place_of(position)
        for index in range(first, len(self.tars)):
            yield from self._tar_items(index, at if index == first else 0)

    def receive(self, item: SourceItem, limits: Limits) -> Received:
        """Decode a sample's sound.

        Raises:
            DecodeError: If it is refused.
        """
        tar, _ = place_of(item.position)
        data = read_member(self.tars[tar], str(item.member))
        return decoded(data, limits, item.duration_s)

    def _tar_items(self, index: int, at: int) -> Iterator[SourceItem]:
        tar = self.tars[index]
        shard = posixpath.basename(tar)
        bare = SourceItem(source_id=f"{shard}:archive", uri=shard, position=position_of(index, at))
        try:
            status = status_of(tar)
            with opened(tar) as file:
                for found in _samples(members(file, status.size, at)):
                    if isinstance(found, TarError):
                        bare = replace(bare, position=position_of(index, found.at))
                        yield bare.refused(Refusal(reason=found.reason, detail=str(found)))
                        continue
                    here = replace(bare, position=position_of(index, found.at))
                    if isinstance(found, Member):
                        yield _refused_member(here, found)
                        continue
                    texts = self._texts(found, file, tar)
                    yield self._item(replace(here, source_id=f"{shard}/{found.key}"), found, texts)
        except DecodeError as error:
            yield bare.refused(Refusal(reason=error.reason, detail=error.detail))

    def _texts(self, sample: _Sample, file: Any, tar: str) -> SampleTexts:
        texts = SampleTexts()
        for suffix in _TEXTS:
            member = sample.members.get(suffix)
            if member is None:
                continue
            if member.size > _LONGEST_TEXT:
                texts.defect("bad_row", suffix, f"expected at most {_LONGEST_TEXT} bytes of text")
                continue
            data = read_part(file, tar, member.data, member.size)
            if suffix == "json":
                read_json(data, texts)
            else:
                read_plain(data, suffix, texts)
        return texts

    def _item(self, here: SourceItem, sample: _Sample, texts: SampleTexts) -> SourceItem:
        rights = (texts.licence, texts.attribution, texts.uploader, texts.original)
        told = repr((texts.captions, texts.labels, rights))
        digest = hashlib.sha256(told.encode()).hexdigest()
        audio = sample.audio
        item = replace(
            here,
            fingerprint=(digest,),
            texts=texts.rows(self.text_kind, self.name, texts.licence or self.licence),
            licence=texts.licence or self.licence,
            attribution=texts.attribution,
            uploader=texts.uploader,
            original=texts.original,
            has_sound=not self.texts_only,
            defects=(*texts.defects, *_defects(sample, texts)),
        )
        if sample.twice:
            detail = f"expected each member once, got {', '.join(sorted(sample.twice))} again"
            return item.refused(Refusal(reason="bad_member", detail=detail))
        if self.texts_only:
            return item
        if audio is None:
            got = ", ".join(sorted(sample.members)) or "none"
            detail = f"expected a sound beside the others of its key, got {got}"
            return item.refused(Refusal(reason="missing_audio", detail=detail))
        fingerprint = (digest, audio.size, audio.modified, audio.data)
        return replace(item, member=audio.name, size=audio.size, fingerprint=fingerprint)


def webdataset_source(given: str, options: SourceOptions) -> WebDataset:
    """Return the source of a tar, a glob of tars, or a folder of tars.

    Raises:
        ValueError: If there is none, or it is compressed.
    """
    given = local_path(given)
    if given.endswith((".tar.gz", ".tgz", ".tar.zst", ".tar.bz2", ".tar.xz")):
        msg = f"expected an uncompressed tar, got {given}: unpack it first, for example by gunzip"
        raise ValueError(msg)
    tars = tars_of(given)
    if not tars:
        msg = f"expected a tar, a glob of tars or a folder of tars; found none at {given}"
        raise ValueError(msg)
    if not is_remote(given):
        missing = [tar for tar in tars if _status_or_none(tar) is None]
        if missing:
            msg = f"expected a tar, found nothing at {missing[0]}"
            raise ValueError(msg)
    TarFiles(tars=tars)
    return WebDataset(
        tars=tars,
        name=options.name or slug(name_of_set(given)),
        text_kind=options.text_kind,
        licence=options.licence,
        texts_only=options.texts_only,
    )


def _status_or_none(path: str) -> object | None:
    """Return a file's status, None if there is no such file."""
    try:
        return status_of(path)
    except DecodeError:
        return None


def key_of(name: str) -> tuple[str, str]:
    """Return a member's key and its suffix.

    Example:
        >>> key_of("train/0001.seg.json")
        ('train/0001', 'seg.json')
    """
    folder, last = posixpath.split(name)
    stem, _, suffix = last.partition(".")
    return posixpath.join(folder, stem), suffix.lower()


def _samples(found: Iterator[Member]) -> Iterator[_Sample | Member | TarError]:
    """Group members that stand together; what is no part of a sample comes alone, in its place.

    A member that may not be used ends the sample before it, so that reading from any item's
    position gives the same items as reading from the beginning.
    """
    for _, group in groupby(_with_error(found), _belongs):
        together = list(group)
        first = together[0]
        if isinstance(first, TarError) or first.problem is not None:
            yield first
            continue
        sample = _Sample(key=key_of(first.name)[0], at=first.at)
        for member in (one for one in together if isinstance(one, Member)):
            suffix = key_of(member.name)[1]
            if suffix in sample.members:
                sample.twice.append(suffix)
            sample.members[suffix] = member
        yield sample


def _with_error(found: Iterator[Member]) -> Iterator[Member | TarError]:
    """Yield members but for folders; then what keeps the archive from being read, if it is so."""
    last = -1
    try:
        for one in found:
            last = one.at
            if one.problem is not None or one.kind != "folder":
                yield one
    except TarError as error:
        yield error
    else:
        if last < 0:
            yield TarError("empty", "expected members in the archive, there is none", 0)


def _belongs(found: Member | TarError) -> tuple[str, int]:
    if isinstance(found, TarError) or found.problem is not None:
        return "", found.at
    return key_of(found.name)[0], -1


def _defects(sample: _Sample, texts: SampleTexts) -> Iterator[Defect]:
    sounds = [suffix for suffix in AUDIO if suffix in sample.members]
    if len(sounds) > 1:
        detail = f"expected one sound, got {', '.join(sounds)}; took the first"
        yield Defect(reason="several_sounds", detail=detail, decision="drop")
    if not texts.captions and not texts.labels and sounds:
        detail = "expected a text in the members next to the sound; its sound is kept without"
        yield Defect(reason="no_text", detail=detail, decision="quarantine")
    unknown = sorted(set(sample.members) - {*AUDIO, *_TEXTS})
    if unknown:
        detail = f"expected sounds and texts, passed over {', '.join(unknown)[:200]}"
        yield Defect(reason="unknown_member", detail=detail, decision="drop")


def _refused_member(here: SourceItem, member: Member) -> SourceItem:
    reason, detail = member.problem or ("bad_member", "")
    shown = member.name.encode("utf-8", "backslashreplace").decode().replace("\0", "\\0")[:100]
    item = replace(here, source_id=f"{here.uri}:{shown}", fingerprint=(member.kind, member.size))
    return item.refused(Refusal(reason=reason, detail=_printable(detail)))


def _printable(text: str) -> str:
    return text.encode("utf-8", "backslashreplace").decode()
