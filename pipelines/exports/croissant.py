"""Croissant metadata of an export, so that tools can find its files and fields by themselves."""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import mlcroissant as mlc
import pyarrow as pa

from pipelines.exports.folder import FileFacts
from pipelines.exports.form import Options, Told
from pipelines.exports.rights import deed_of

NAME = "croissant.json"
PARQUET = "application/x-parquet"


def write_croissant(
    folder: Path,
    options: Options,
    told: Told,
    files: Sequence[FileFacts],
    columns: Mapping[str, tuple[pa.DataType, str]],
) -> None:
    """Write croissant.json: every data file with its digest, and a record set for each split.

    Args:
        folder: The export.
        options: Name and address of the data set.
        told: Licences, for the whole.
        files: The data files.
        columns: Their columns.
    """
    objects = [
        mlc.FileObject(
            id=file.path,
            name=file.path,
            content_url=file.path,
            content_size=f"{file.bytes} B",
            encoding_formats=[PARQUET],
            sha256=file.sha256,
        )
        for file in files
    ]
    splits = sorted({Path(file.path).name.rpartition("-")[0] for file in files})
    sets = [
        mlc.FileSet(
            id=f"{split}-files",
            name=f"{split}-files",
            encoding_formats=[PARQUET],
            includes=[f"data/{split}-*.parquet"],
        )
        for split in splits
    ]
    metadata = mlc.Metadata(
        name=options.name,
        description=f"{told.left.clips} clips of sound with captions, licence and credit of each.",
        url=options.url,
        license=_licences(told),
        conforms_to=["http://mlcommons.org/croissant/1.0"],
        distribution=[*objects, *sets],
        record_sets=[
            mlc.RecordSet(
                id=split,
                name=split,
                key=[f"{split}/clip_id"],
                fields=list(_fields(split, columns)),
            )
            for split in splits
        ],
    )
    text = json.dumps(metadata.to_json(), indent=1, ensure_ascii=False)
    (folder / NAME).write_text(text + "\n", encoding="utf-8")


def _licences(told: Told) -> list[str]:
    return [deed_of(licence) or licence for licence in sorted(told.credits.licences)]


def _fields(split: str, columns: Mapping[str, tuple[pa.DataType, str]]) -> Iterator[mlc.Field]:
    for name, (kind, about) in columns.items():
        sound = pa.types.is_struct(kind)
        number = pa.types.is_floating(kind)
        data_type = mlc.DataType.FLOAT if number else mlc.DataType.TEXT
        yield mlc.Field(
            id=f"{split}/{name}",
            name=f"{split}/{name}",
            description=about,
            data_types=[mlc.DataType.AUDIO_OBJECT if sound else data_type],
            repeated=True if pa.types.is_list(kind) else None,
            source=mlc.Source(
                file_set=f"{split}-files",
                extract=mlc.Extract(column=name),
                transforms=[mlc.Transform(json_path="bytes")] if sound else [],
            ),
        )
