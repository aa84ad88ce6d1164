"""Tars as an attacker would write them, header by header."""

import gzip
import io
import struct
import tarfile

from tests.schemas.audio.files import encoded, noise

SOUND = encoded(noise(1.2, 16_000), 16_000, "FLAC")
BLOCK = 512


def header(name, size=0, flag=b"0", *, link=b"", size_field=None, magic=b"ustar\x0000"):
    """Return a header block with a right check sum, whatever else is wrong."""
    block = bytearray(BLOCK)
    raw = name if isinstance(name, bytes) else name.encode("utf-8", "surrogateescape")
    block[: min(100, len(raw))] = raw[:100]
    block[100:108] = b"0000644\0"
    block[124:136] = size_field or f"{size:011o}\0".encode()
    block[136:148] = b"00000000000\0"
    block[156:157] = flag
    block[157 : 157 + min(100, len(link))] = link[:100]
    block[257:265] = magic
    block[148:156] = b" " * 8
    block[148:156] = f"{sum(block):06o}\0 ".encode()
    return bytes(block)


def filled(data):
    return data + bytes(-len(data) % BLOCK)


def member(name, data, **header_fields):
    return header(name, len(data), **header_fields) + filled(data)


def pax(records, flag=b"x"):
    """Return an extended header of (key, value) pairs."""
    body = b""
    for key, value in records:
        rest = b" " + key.encode() + b"=" + value + b"\n"
        length = len(rest) + 1
        while len(str(length)) + len(rest) != length:
            length = len(str(length)) + len(rest)
        body += str(length).encode() + rest
    return member("PaxHeader", body, flag=flag)


def long_name(name, flag=b"L"):
    return member("././@LongLink", name + b"\0", flag=flag)


def pair(key, sound=SOUND):
    return member(f"{key}.flac", sound) + member(f"{key}.json", b'{"text": ["a good one"]}')


def archive(*parts, end=True):
    """Return a tar: one good sample, then what is asked for."""
    return pair("good") + b"".join(parts) + (bytes(2 * BLOCK) if end else b"")


def bomb(size=2**26):
    """Return a gzip of a tar of zeros, about a thousandth of its size."""
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as tar:
        entry = tarfile.TarInfo("a.flac")
        entry.size = size
        tar.addfile(entry, io.BytesIO(bytes(size)))
    return gzip.compress(file.getvalue())


def base256(number):
    """Return a size field in base 256."""
    return b"\x80" + struct.pack(">I", number >> 56)[1:] + struct.pack(">Q", number & (2**64 - 1))


def links(canary):
    """Yield (name, parts) of members that are no regular files."""
    target = str(canary).encode()
    for flag, kind in ((b"1", "hard link"), (b"2", "symbolic link")):
        for where, to in (("absolute", target), ("relative", b"../outside/canary.flac")):
            parts = [header("x.flac", flag=flag, link=to), member("x.json", b'{"text": "x"}')]
            yield f"{kind}, {where}", parts
            yield (
                f"{kind}, {where}, then written through",
                [
                    header("out", flag=flag, link=to),
                    member("out", b"overwritten"),
                    *parts,
                ],
            )
        yield (
            f"{kind} to a folder outside",
            [
                header("dir", flag=flag, link=b"../outside"),
                member("dir/canary.flac", b"overwritten"),
            ],
        )
    for flag, kind in ((b"3", "character device"), (b"4", "block device"), (b"6", "fifo")):
        yield kind, [header("x.flac", flag=flag), member("x.json", b"{}")]
    for flag in (b"S", b"V", b"M", b"D", b"Z", b"\xff"):
        yield f"kind {flag!r}", [member("x.flac", SOUND, flag=flag)]
    for record in ("GNU.sparse.major", "GNU.sparse.name", "GNU.sparse.realsize"):
        yield record, [pax([(record, b"1")]), member("x.flac", SOUND)]


def names(canary):
    """Yield (name, parts) of members whose names lead elsewhere, or nowhere."""
    path = str(canary)
    bad = {
        "one up": "../outside/canary.flac",
        "many up": "../" * 40 + path.lstrip("/"),
        "absolute": path,
        "double slash": "//" + path.lstrip("/"),
        "hidden up": "a/b/../../../outside/canary.flac",
        "dots": "a/./.././../outside/canary.flac",
        "up alone": "..",
        "empty": "",
        "not UTF-8": b"\xff\xfe.flac".decode("utf-8", "surrogateescape"),
        "line break": "a\nb.flac",
        "terminal codes": "\x1b[2J\x1b]0;x\x07.flac",
        "right to left": "\u202egalf.x",
        "a dot": ".flac",
        "spaces": "  .flac",
    }
    for what, name in bad.items():
        yield f"name: {what}", [member(name, SOUND)]
        yield (
            f"pax path: {what}",
            [
                pax([("path", name.encode("utf-8", "surrogateescape"))]),
                member("x.flac", SOUND),
            ],
        )
        yield (
            f"long name: {what}",
            [
                long_name(name.encode("utf-8", "surrogateescape")),
                member("x.flac", SOUND),
            ],
        )
    yield "pax path with NUL", [pax([("path", b"a\0/../b.flac")]), member("x.flac", SOUND)]
    yield (
        "pax global path",
        [
            pax([("path", b"../outside/canary.flac")], flag=b"g"),
            header("x.flac", flag=b"2", link=b"../outside/canary.flac"),
        ],
    )
    yield (
        "pax link path",
        [
            pax([("linkpath", path.encode())]),
            header("x.flac", flag=b"2", link=b"x"),
        ],
    )
    yield (
        "long link",
        [
            long_name(path.encode(), flag=b"K"),
            header("x.flac", flag=b"1", link=b"x"),
        ],
    )
    for length in (300, 5_000, 2**21):
        yield f"a name of {length}", [long_name(b"n" * length + b".flac"), member("x", SOUND)]
    accents = ["e\u0301.flac", "\u00e9.flac"]
    yield "one name, two spellings", [member(name, SOUND) for name in accents]


def sizes():
    """Yield (name, parts) of members whose sizes lie."""
    for what, field in {
        "8 GiB": b"77777777777\0",
        "2^60": base256(2**60),
        "2^70": b"\x80" + b"\xff" * 11,
        "negative": b"\xff" * 12,
        "minus one": b"-0000000001\0",
        "words": b"many bytes!\0",
        "digits that are none": b"00000000099\0",
    }.items():
        yield f"size {what}", [header("x.flac", size_field=field), filled(SOUND)]
    for value in (b"99999999999999999999", b"-1", b"1e9", b"", b"0x10", "\u0661".encode()):
        yield f"pax size {value!r}", [pax([("size", value)]), member("x.flac", SOUND)]
    for body in (b"12 path=a", b"99999 path=a\n", b"0 path=a\n", b"x", b"5 a\n", b"\0" * 40):
        yield (
            f"pax record {body!r:.20}",
            [
                member("PaxHeader", body, flag=b"x"),
                member("x.flac", SOUND),
            ],
        )
    yield "pax of 2 MiB", [pax([("comment", b"c" * 2**21)]), member("x.flac", SOUND)]
    yield "an extended header alone", [pax([("path", b"x.flac")])]
    yield "a hundred extended headers", [*[pax([("comment", b"c")])] * 100, member("x.flac", SOUND)]


def damage(canary):
    """Yield (name, bytes) of whole files that are no tars, or broken ones."""
    good = archive(pair("second"))
    yield "empty", b""
    yield "zeros", bytes(10 * BLOCK)
    yield "one byte", b"x"
    yield "gzip bomb", b""  # made when it is written: it takes its time
    yield "gzip of a tar", gzip.compress(good)
    for magic in (b"BZh9", b"\xfd7zXZ\0", b"\x28\xb5\x2f\xfd", b"PK\x03\x04"):
        yield f"magic {magic[:3]!r}", magic + bytes(2_000)
    yield "words", b"no tar at all, " * 400
    yield "what stands outside", canary.read_bytes()
    for cut in (1, 511, 512, 700, len(good) // 2, len(good) - 1024, len(good) - 700):
        yield f"cut at {cut}", good[:cut]
    for at in (0, 124, 148, 156, len(pair("good")) + 130):
        broken = bytearray(good)
        broken[at] ^= 0x55
        yield f"flipped at {at}", bytes(broken)


def contents():
    """Yield (name, parts) of samples whose members do not fit."""
    yield "twice", [member("x.flac", SOUND), member("x.flac", SOUND)]
    yield "apart", [member("x.flac", SOUND), *[pair("y")], member("x.json", b"{}")]
    yield "key twice", [pair("x"), pair("y"), pair("x")]
    for what, data in {
        "deep": b"[" * 100_000,
        "deep objects": b'{"text":' * 50_000,
        "not UTF-8": b'{"text": "\xff"}',
        "half a character": b'{"text": ["\\ud800"]}',
        "NaN": b'{"text": NaN}',
        "a list": b"[1, 2]",
        "numbers": b'{"text": [1, 2], "tag": {"a": 1}}',
        "2 MiB": b'{"text": "' + b"x" * 2**21 + b'"}',
        "a long number": b'{"text": ' + b"9" * 10_000 + b"}",
    }.items():
        yield f"json: {what}", [member("x.flac", SOUND), member("x.json", data)]
    yield "sound alone", [member("x.flac", SOUND)]
    yield "json alone", [member("x.json", b"{}")]
    yield "no sound in it", [member("x.flac", b"#!/bin/sh\nrm -r /\n"), member("x.json", b"{}")]
    yield "two sounds", [member("x.wav", SOUND), pair("x")]
