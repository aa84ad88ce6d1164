"""Digests of benchmark files: which of them somebody has looked at."""
# ruff: noqa: E501 (a digest and its file stand on one line)

from collections.abc import Sequence
from pathlib import Path

from schemas.ids import digest_of, file_digest

SEEN = {
    "3730d312f6e3440559ace48831e51066acaca737f6eabec99bccb9e4b3c39d14": "gsm8k/test.jsonl",
    "b796127e635a67f93fb35c04f4cb03cf06f38c8072ee7cee8833d7bee06979ef": "humaneval/HumanEval.jsonl.gz",
    "1c9a343e7bebf1037482b935c54eacd43cc63df7b2c668724b5560caf1f84fad": "mmar/MMAR-meta.jsonl",
    "9f18fda99f8dbc2bc5ecd6323fb5063309f54969810b5c6f1caeb3b8d904cf1c": "mmau/mmau-test-mini.json",
    "c866c7cc9ae2c081d374f5b341fcbcbd386dcad79a7442ae19f483fae0f1ac82": "mmlu/dev/abstract_algebra_dev.csv",
    "156f8cceabbc5d99422fa88b149a4fafd2e5fcbe8670fbf671fdbb3c8be50227": "mmlu/dev/college_physics_dev.csv",
    "b06482996944c50d1a9b6e240e429bf21be8ddb0025bdca77f0d0c857fb4df98": "mmlu/dev/formal_logic_dev.csv",
    "1ce815fed9d3f0a6668750e0a4a15d27ff59ef11e274c0dc059e85136d8052c0": "mmlu/dev/high_school_biology_dev.csv",
    "56bc8bd50123c9239fcb45cbeddfb9f8f95172c674bee97be99cf1f80b109f4b": "mmlu/dev/philosophy_dev.csv",
    "4afac10c2fa3174492a0ecc23f4a746d6f30ff8c6b74073378e6ea1c999880f9": "mmlu/dev/world_religions_dev.csv",
    "9511d234ea2b8f0eb978c2dc57ee5256ee035599e5be9e8991352f7302a39232": "mmlu/test/abstract_algebra_test.csv",
    "3b4b5ab4656434b870e0b071e1d68e6a8dd3c6958b750c5e43665daea27d9757": "mmlu/test/college_physics_test.csv",
    "2a98f40d3efed2bc63f9fea1dccbae68a74c16efb5415560a3db14938c3ae2be": "mmlu/test/formal_logic_test.csv",
    "4d0085af6fe331e6fd99221e3eb50031f92a6c79cd2b14e977e3b9159b225f63": "mmlu/test/high_school_biology_test.csv",
    "201bfdb1e80d82b1d806329bbfff2bd31ba8237a3a1dfe1e327d00625ce2b7e0": "mmlu/test/philosophy_test.csv",
    "57c63eb0b73ae6f0c1479b1fee0e860142d24ddcda4b6b7dd2d458696fce3ae5": "mmlu/test/world_religions_test.csv",
}
"""Files whose counts and defects the tests state, by SHA-256; not published by their makers."""


VERSIONS = {
    "9f18fda99f8dbc2bc5ecd6323fb5063309f54969810b5c6f1caeb3b8d904cf1c": "Sakshi113/MMAU@110127f",
}
"""Versions of those files that have one."""


def benchmark_digest(files: Sequence[Path]) -> str:
    """Return the SHA-256 of a file, or of the names and digests of several, in order."""
    if len(files) == 1:
        return file_digest(files[0])
    return digest_of([[own.name, file_digest(own)] for own in files])


def known_as(files: Sequence[Path]) -> str:
    """Return `seen` if the tests know each of the files, else `unknown`."""
    return "seen" if all(file_digest(own) in SEEN for own in files) else "unknown"
