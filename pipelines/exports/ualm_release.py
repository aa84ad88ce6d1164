"""The three manifests that the UALM release reads, beside the sounds as files.

Source: NVIDIA/audio-intelligence@78024ec:UALM/README.md, "Data Preparation".
"""

import json
from collections.abc import Sequence
from typing import IO, Any

from pipelines.exports.form import Form
from pipelines.exports.rows import Left, Sounding, Talking

GENERATION = "text-to-audio.jsonl"
UNDERSTANDING = "understanding.json"
TEXT = "text.jsonl"
MARK = "<sound>"
_NAMES = {"user": "human", "assistant": "gpt", "system": "system"}


class UalmRelease(Form):
    """`SPLIT/text-to-audio.jsonl`, `understanding.json`, `text.jsonl` and `sounds/`."""

    talks = True

    def __init__(self, *given: Any) -> None:
        """Begin; see `Form`."""
        super().__init__(*given)
        self._open: dict[tuple[str, str], IO[str]] = {}

    def add(self, clip: Sounding) -> None:
        """Write a clip's sound, and a line of generation for each of its captions."""
        path = self.folder / _sound_path(clip.clip_id)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(clip.flac)
        for text in clip.captions:
            row = {
                "location": self._location(clip.clip_id),
                "start_time": 0.0,
                "end_time": clip.duration_s,
                "duration": clip.duration_s,
                "caption": text.text,
                "sample_rate": clip.sample_rate,
            }
            self._file(clip.split, GENERATION).write(_line(row) + "\n")

    def converse(self, talk: Talking, left: Left) -> None:
        """Write a conversation: with one sound to understanding, without any to text."""
        clips = list(dict.fromkeys(talk.clip_ids))
        if len(clips) > 1:
            left.behind["conversations about several clips"] += 1
            return
        if clips:
            self._understand(talk, clips[0])
        elif talk.turns and talk.turns[-1]["role"] == "assistant":
            row = {
                "input": [{"role": t["role"], "content": t["text"]} for t in talk.turns[:-1]],
                "output": talk.turns[-1]["text"],
            }
            self._file(talk.split, TEXT).write(_line(row) + "\n")
        else:
            left.behind["conversations without an answer"] += 1
            return
        left.conversations += 1

    def finish(self) -> None:
        """Close the arrays and the files."""
        for (_, name), file in self._open.items():
            if name == UNDERSTANDING:
                file.write("\n]\n")
            file.close()

    def _understand(self, talk: Talking, clip_id: str) -> None:
        file = self._open.get((talk.split, UNDERSTANDING))
        before = ",\n" if file else "[\n"
        row = {
            "id": talk.conversation_id,
            "sound": self._location(clip_id),
            "duration": talk.duration_s,
            "conversations": messages(talk.turns),
        }
        self._file(talk.split, UNDERSTANDING).write(before + _line(row))

    def _location(self, clip_id: str) -> str:
        return f"{self.options.location.rstrip('/')}/{_sound_path(clip_id)}"

    def _file(self, split: str, name: str) -> IO[str]:
        if (split, name) not in self._open:
            folder = self.folder / split
            folder.mkdir(exist_ok=True)
            file = (folder / name).open("w", encoding="utf-8")
            self._open[split, name] = self.files.enter_context(file)
        return self._open[split, name]


def messages(turns: Sequence[dict[str, Any]]) -> list[dict[str, str]]:
    r"""Return turns as messages; a sound is a mark before what the same speaker says next.

    Example:
        >>> messages([{"role": "user", "modality": "audio", "text": None},
        ...           {"role": "user", "modality": "text", "text": "What is it?"}])
        [{'from': 'human', 'value': '<sound>\nWhat is it?'}]
    """
    said: list[dict[str, str]] = []
    for turn in turns:
        value = MARK if turn["modality"] == "audio" else str(turn["text"])
        name = _NAMES[turn["role"]]
        if said and said[-1]["from"] == name and said[-1]["value"].endswith(MARK):
            said[-1]["value"] += f"\n{value}"
        else:
            said.append({"from": name, "value": value})
    return said


def _sound_path(clip_id: str) -> str:
    return f"sounds/{clip_id[:2]}/{clip_id}.flac"


def _line(row: dict[str, Any]) -> str:
    return json.dumps(row, ensure_ascii=False)
