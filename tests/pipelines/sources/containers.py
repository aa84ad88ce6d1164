"""Tars and sounds as the tests of sources need them."""

import io
import tarfile

from tests.schemas.audio.files import encoded, noise


def sound(seed=0, seconds=1.2):
    """Return a FLAC file's bytes."""
    return encoded(noise(seconds, 16_000, seed=seed), 16_000, "FLAC")


def tar_of(members, form=tarfile.PAX_FORMAT):
    """Return a tar's bytes; members are (name, bytes) pairs."""
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w", format=form) as tar:
        for name, data in members:
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            tar.addfile(entry, io.BytesIO(data))
    return file.getvalue()


def listed(source):
    """Return a source's items, after checking that reading from each gives the rest of them."""
    items = list(source.items())
    for number, item in enumerate(items):
        assert list(source.items(item.position)) == items[number:]
    return items


def reasons(items):
    return {item.source_id: item.refusal.reason for item in items if item.refusal}
