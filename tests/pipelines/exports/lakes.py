"""A lake with sounds, captions and conversations whose policy has judged every row."""

import shutil
from dataclasses import replace

from pipelines.exports.rights import rights
from pipelines.exports.rows import Choice
from pipelines.policy.rules import Policy
from pipelines.policy.step import keep_applied, policy_step
from schemas.corpus import Audio, AudioBytes
from schemas.lake import Lake
from tests.pipelines.corpus_lake import run
from tests.pipelines.encoding.encode_lake import flac, sound
from tests.pipelines.policy.lakes import (
    caption,
    clip,
    conversation,
    lake_of,
    name_id,
    put,
    recording,
    verdict,
)

POLICY = Policy.model_validate(
    {"name": "test", "licence": {"allow": ["attribution", "public-domain"]}}
)
SOUNDS = {name: flac(sound(i)) for i, name in enumerate("abcnx")}
SPLITS = {"a": "train", "b": "train", "c": "test", "n": "train", "x": "train"}
LICENCES = {"a": "CC BY 4.0", "b": "CC0", "c": "CC BY 4.0", "n": "CC BY-NC 4.0", "x": "CC BY 4.0"}


def corpus(folder):
    """Clips a, b (train), c (test); n may not leave for its licence; x is a duplicate.

    b has a second caption that may not leave; a's recording has a caption of its own.
    """
    clips = [
        clip(name, duration_s=2.0, split=SPLITS[name], licence=LICENCES[name]) for name in SOUNDS
    ]
    texts = [caption(name, f"sound {name}") for name in SOUNDS]
    texts.append(caption("b", "not ours", licence="CC BY-NC 4.0"))
    texts.append(caption("a", "the whole", clip_id=None, scope="recording"))
    recordings = [
        recording(
            name,
            split=SPLITS[name],
            licence=LICENCES[name],
            original="freesound:12" if name == "a" else None,
        )
        for name in SOUNDS
    ]
    lake = lake_of(folder, *clips, captions=texts, recordings=recordings)
    audio = [
        Audio(clip_id=name_id("clip", name), sample_rate=16_000, audio=AudioBytes(bytes=encoded))
        for name, encoded in SOUNDS.items()
    ]
    put(lake, "audio", audio)
    put(lake, "conversations", talks())
    decide(lake)
    return lake


def talks():
    """About a; about n, which stays behind; in text alone; and one that may not leave."""
    return [
        conversation("heard", "a"),
        conversation("of n", "n"),
        conversation("text"),
        conversation("bound", licence="academic use only"),
    ]


def decide(lake, policy=POLICY):
    put(lake, "decisions", [verdict("clips", name_id("clip", "x"))], "dedup")
    judge(lake, policy)


def judge(lake, policy=POLICY):
    step = policy_step(policy, lake)
    keep_applied(step, lake)
    run(step, lake)


def choice(lake, **changes):
    return replace(Choice(rights=rights(lake, without_policy=False)), **changes)


def copied(root, folder):
    shutil.copytree(root, folder / "lake")
    return Lake.open(folder / "lake")
