"""The data set's card: README.md with the header that Hugging Face reads."""

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from huggingface_hub import DatasetCardData

from pipelines.exports.columns import features
from pipelines.exports.folder import FileFacts
from pipelines.exports.form import Options, Told
from pipelines.exports.rights import deed_of

_HUB_LICENCES = frozenset(
    ("apache-2.0", "mit", "pddl", "odc-by", "odbl", "cc0-1.0", "cc-by-2.0", "cc-by-2.5",
     "cc-by-3.0", "cc-by-4.0", "cc-by-sa-3.0", "cc-by-sa-4.0", "cc-by-nc-2.0", "cc-by-nc-3.0",
     "cc-by-nc-4.0", "cc-by-nd-4.0", "cc-by-nc-nd-3.0", "cc-by-nc-nd-4.0", "cc-by-nc-sa-2.0",
     "cc-by-nc-sa-3.0", "cc-by-nc-sa-4.0")
)  # fmt: skip
"""Ids that the hub knows; other versions of Creative Commons are `cc`, the rest is `other`."""

_SIZES = (
    (10**3, "n<1K"),
    (10**4, "1K<n<10K"),
    (10**5, "10K<n<100K"),
    (10**6, "100K<n<1M"),
    (10**7, "1M<n<10M"),
    (10**8, "10M<n<100M"),
    (10**9, "100M<n<1B"),
)


def write_card(
    folder: Path,
    options: Options,
    told: Told,
    files: Sequence[FileFacts],
    examples: Mapping[str, int],
) -> None:
    """Write README.md.

    Args:
        folder: The export.
        options: Name of the data set.
        told: What left, from which tables, by which steps.
        files: The data files.
        examples: Rows of each split.
    """
    text = f"---\n{_header(told, files, examples)}\n---\n\n{_body(options, told, examples)}"
    (folder / "README.md").write_text(text, encoding="utf-8")


def size_category(rows: int) -> str:
    """Return the hub's word for a number of rows.

    Example:
        >>> size_category(1000)
        '1K<n<10K'
    """
    return next((name for limit, name in _SIZES if rows < limit), "n>1T")


def hub_licences(licences: Counter[str]) -> list[str]:
    """Return licences as the hub knows them.

    Example:
        >>> hub_licences(Counter({"CC-BY-4.0": 2, "LicenseRef-mine": 1}))
        ['cc-by-4.0', 'other']
        >>> hub_licences(Counter({"CC-BY": 2, "CC-BY-3.0-US": 1}))
        ['cc']
    """
    return sorted({_hub_licence(name) for name in licences})


def _hub_licence(name: str) -> str:
    if name.lower() in _HUB_LICENCES:
        return name.lower()
    return "cc" if name.startswith("CC-") else "other"


def _header(told: Told, files: Sequence[FileFacts], examples: Mapping[str, int]) -> str:
    sizes = {
        split: sum(f.bytes for f in files if f.path.startswith(f"data/{split}-"))
        for split in sorted(examples)
    }
    total = sum(sizes.values())
    data = DatasetCardData(
        license=hub_licences(told.credits.licences),
        language=list(told.languages) or ["und"],
        size_categories=[size_category(sum(examples.values()))],
        task_categories=["text-to-audio"],
        configs=[
            {
                "config_name": "default",
                "data_files": [
                    {"split": split, "path": f"data/{split}-*.parquet"} for split in sizes
                ],
            }
        ],
        dataset_info={
            "features": _features(),
            "splits": [
                {"name": split, "num_bytes": size, "num_examples": examples[split]}
                for split, size in sizes.items()
            ],
            "download_size": total,
            "dataset_size": total,
        },
    )
    return str(data.to_yaml())


def _features() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for name, kind in features().items():
        if kind["_type"] == "Audio":
            told: dict[str, Any] = {"dtype": {"audio": {"sampling_rate": kind["sampling_rate"]}}}
        elif kind["_type"] == "Sequence":
            told = {"sequence": "string"}
        else:
            told = {"dtype": kind["dtype"]}
        found.append({"name": name, **told})
    return found


def _body(options: Options, told: Told, examples: Mapping[str, int]) -> str:
    left, choice = told.left, told.choice
    policy = choice.rights.policy
    judged = (
        "No policy was applied: licences were not judged."
        if policy is None
        else f"Rows were admitted by the policy `{policy.name}`; export.json holds it whole."
    )
    splits = ", ".join(f"{split} {count}" for split, count in sorted(examples.items()))
    versions = ", ".join(f"{table} {version}" for table, version in told.versions.items())
    return f"""# {options.name}

{left.clips} clips ({left.hours:.2f} hours) with {left.captions} captions. Splits: {splits}.
One row is a clip: `audio` holds its FLAC file (16 kHz, mono), `captions` what is said of it;
`caption_kinds`, `caption_licenses` and `caption_models` tell of each caption in the same order.
A clip may have no caption. Splits are those of whole recordings.

## Sources

{_table("source", told.credits.sources)}
## Licences

{judged} Each row states the licence of its sound (`license`; as spelt by the source in
`license_stated`) and whom to credit (`attribution`, `uploader`, `url`). ATTRIBUTION.md and
ATTRIBUTION.csv list every clip.

{_table("licence of the sound", told.credits.licences, linked=True)}
{_table("licence of the caption", told.credits.text_licences, linked=True)}
## How it was made

With the UALM suite, from versions of the tables: {versions}. Steps: {", ".join(told.steps)}.
Recordings were decoded, mixed to mono, resampled to 16 kHz and cut into clips; what was refused,
and why, is in the tables `ledger` and `decisions` of the lake that this is from.
"""


def _table(title: str, counts: Counter[str], *, linked: bool = False) -> str:
    lines = [f"| {title} | rows |", "|---|---|"]
    for name, rows in sorted(counts.items(), key=lambda item: (-item[1], item[0])):
        deed = deed_of(name) if linked else None
        shown = name.replace("|", "\\|")
        lines.append(f"| {f'[{shown}]({deed})' if deed else shown} | {rows} |")
    return "\n".join(lines) + "\n"
