"""Attribution: every clip that left, with licence, whom to credit, and where it came from."""

import csv
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from pipelines.exports.rights import deed_of
from pipelines.exports.rows import Sounding, Talking

CSV = "ATTRIBUTION.csv"
MARKDOWN = "ATTRIBUTION.md"
_COLUMNS = (
    "clip_id",
    "split",
    "source",
    "source_id",
    "start_s",
    "duration_s",
    "licence",
    "licence_stated",
    "licence_url",
    "attribution",
    "uploader",
    "link",
    "caption_licences",
)


@dataclass(kw_only=True)
class Credits:
    """The attribution file while it is written, and counts for the card."""

    _file: "csv.DictWriter[str]"
    sources: Counter[str] = field(default_factory=Counter)
    licences: Counter[str] = field(default_factory=Counter)
    text_licences: Counter[str] = field(default_factory=Counter)
    texts: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    """Captions and conversations, by what they are, who wrote or gave them, and licence."""

    def add(self, clip: Sounding) -> None:
        """Write a clip's line."""
        texts = {text.licence or text.licence_stated or "none stated" for text in clip.captions}
        self._file.writerow(
            {
                "clip_id": clip.clip_id,
                "split": clip.split,
                "source": clip.source,
                "source_id": clip.source_id,
                "start_s": clip.start_s,
                "duration_s": clip.duration_s,
                "licence": clip.licence,
                "licence_stated": clip.licence_stated,
                "licence_url": deed_of(clip.licence),
                "attribution": clip.attribution,
                "uploader": clip.uploader,
                "link": clip.link,
                "caption_licences": "; ".join(sorted(texts)),
            }
        )
        self.sources[clip.source] += 1
        self.licences[clip.licence or clip.licence_stated or "none stated"] += 1
        for text in clip.captions:
            licence = text.licence or text.licence_stated or "none stated"
            self.text_licences[licence] += 1
            self.texts["captions", text.model, licence] += 1

    def converse(self, talk: Talking) -> None:
        """Count a conversation; it is credited with all of its source and licence."""
        licence = talk.licence or talk.licence_stated or "none stated"
        self.texts["conversations", talk.source, licence] += 1


@contextmanager
def credits_in(folder: Path) -> Iterator[Credits]:
    """Open the attribution file of an export."""
    with (folder / CSV).open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, _COLUMNS, lineterminator="\n")
        writer.writeheader()
        yield Credits(_file=writer)


def write_markdown(folder: Path, texts: Mapping[tuple[str, str, str], int]) -> None:
    """Write the attribution file again as Markdown, licence by licence, from its CSV.

    Args:
        folder: Holds the CSV. It is read once for each licence, so that memory stays bounded.
        texts: See `Credits`.
    """
    with (folder / CSV).open(encoding="utf-8", newline="") as file:
        counts = Counter((row["licence"], row["licence_url"]) for row in csv.DictReader(file))
    with (folder / MARKDOWN).open("w", encoding="utf-8") as out:
        out.write("# Attribution\n\nEvery clip of this export, by licence. Clips were cut, mixed ")
        out.write("to mono and resampled to 16 kHz; nothing else was changed.\n")
        for (licence, url), clips in sorted(counts.items()):
            name = licence or "No licence stated, or one that is not known"
            out.write(f"\n## {f'[{name}]({url})' if url else name}: {clips} clips\n\n")
            for row in _rows(folder, licence):
                out.write(_line(row))
        if texts:
            out.write("\n## Texts\n\n")
        for (what, who, licence), number in sorted(texts.items()):
            url = deed_of(licence)
            told = f"[{_plain(licence)}]({url})" if url else _plain(licence)
            out.write(f"- {number} {what} by {_plain(who)}: {told}\n")


def _rows(folder: Path, licence: str) -> Iterator[dict[str, str]]:
    with (folder / CSV).open(encoding="utf-8", newline="") as file:
        yield from (row for row in csv.DictReader(file) if row["licence"] == licence)


def _line(row: dict[str, str]) -> str:
    who = row["attribution"] or row["uploader"] or "no credit stated"
    stated = f", stated as {_plain(row['licence_stated'])}" if not row["licence"] else ""
    where = f", {_plain(row['link'])}" if row["link"] else ""
    return f"- `{row['clip_id']}`: {_plain(who)}{stated} ({_plain(row['source'])}{where})\n"


def _plain(text: str) -> str:
    """Return a text on one line, without what Markdown would read as markup of its own."""
    line = " ".join(text.split())
    return "".join(f"\\{c}" if c in "\\`*[]<>" else c for c in line)
