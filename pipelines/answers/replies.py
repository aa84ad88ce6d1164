"""Ask an answerer about items, some at a time; each answer is kept as soon as it is there."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from evaluation.benchmarks.prompts import Prompt
from pipelines.answers.answerer import Answerer, Asked, Reply
from pipelines.answers.asking import Asking
from pipelines.answers.item_sounds import ItemSounds
from pipelines.in_order import in_order
from pipelines.remote.cache import ResponseCache
from pipelines.sounds import Waveform
from pipelines.step import Advance
from schemas.audio.sound import DecodeError
from schemas.benchmarks import Answer, Item
from schemas.ids import content_id, digest_of


@dataclass(frozen=True, slots=True, kw_only=True)
class _Question:
    """An answer that is wanted."""

    place: int
    item: Item
    prompt: Prompt
    sample: int


@dataclass(frozen=True)
class Interview:
    """An answerer, how it is asked, and where its answers are kept."""

    answerer: Answerer
    asking: Asking
    cache: ResponseCache
    sounds: ItemSounds | None = None

    def answers(self, items: Sequence[Item], advance: Advance) -> list[Answer]:
        """Return the answers to items, in their order, `asking.samples` to each.

        What was answered before is not asked again; failures are. A batch holds the same questions
        each time, so that a run that was broken off ends as one that was not.

        Args:
            items: Items of the benchmark.
            advance: Called with the number of items that were finished.

        Raises:
            ServerLostError: If the answerer is on a server that is gone.
            ValueError: If the preset does not fit an item.
        """
        questions = self._questions(items)
        replies: list[Reply | None] = [None] * len(questions)
        batches = self._batches(questions)
        done = self._finished(in_order(self._replies, batches, self.answerer.concurrency))
        left = [self.asking.samples] * len(items)
        for question, reply in done:
            replies[question.place] = reply
            left[question.place // self.asking.samples] -= 1
            if not left[question.place // self.asking.samples]:
                advance(1)
        ordered = sorted(questions, key=lambda own: own.place)
        return [self._row(own, replies[own.place] or Reply()) for own in ordered]

    def _questions(self, items: Sequence[Item]) -> list[_Question]:
        samples = self.asking.samples
        return [
            _Question(place=n * samples + sample, item=item, prompt=prompt, sample=sample)
            for n, (item, prompt) in enumerate((own, self.asking.prompt(own)) for own in items)
            for sample in range(samples)
        ]

    def _batches(self, questions: Sequence[_Question]) -> Iterator[list[_Question]]:
        """Yield questions that are asked together, those of like length side by side."""
        size = self.answerer.batch
        if size > 1:
            questions = sorted(questions, key=lambda own: (len(own.prompt.user), own.place))
        for start in range(0, len(questions), size):
            yield list(questions[start : start + size])

    def _finished(
        self, batches: Iterator[list[tuple[_Question, Reply]]]
    ) -> Iterator[tuple[_Question, Reply]]:
        for batch in batches:
            yield from batch

    def _replies(self, batch: Sequence[_Question]) -> list[tuple[_Question, Reply]]:
        heard = {own.item.item_id: self._sound(own.item) for own in batch}
        found = [self._kept(own, heard[own.item.item_id]) for own in batch]
        if any(reply is None for reply in found):
            open_ = [
                n for n, own in enumerate(batch) if not isinstance(heard[own.item.item_id], Reply)
            ]
            asked = [self._asked(batch[n], heard[batch[n].item.item_id]) for n in open_]
            for n, reply in zip(open_, self.answerer.answer(asked), strict=True):
                if found[n] is None:
                    found[n] = reply
                    self._keep(batch[n], heard[batch[n].item.item_id], reply)
        return [(own, reply or Reply()) for own, reply in zip(batch, found, strict=True)]

    def _sound(self, item: Item) -> Waveform | Reply | None:
        """Return what is heard, None if nothing is to be, or the reply where it cannot be had."""
        if item.audio is None or self.sounds is None:
            return None
        try:
            return self.sounds.waveform(item.audio)
        except DecodeError as error:
            return Reply(status="failed", reason=f"{error.reason}: {error.detail}")

    def _asked(self, question: _Question, sound: Waveform | Reply | None) -> Asked:
        return Asked(
            prompt=question.prompt,
            sound=None if isinstance(sound, Reply) else sound,
            temperature=self.asking.temperature,
            seed=self.asking.seed_of(question.item, question.sample),
        )

    def _kept(self, question: _Question, sound: Waveform | Reply | None) -> Reply | None:
        if isinstance(sound, Reply):
            return sound
        line = self.cache.get(self._key(question, sound))
        return None if line is None else Reply.from_json(line)

    def _keep(self, question: _Question, sound: Waveform | Reply | None, reply: Reply) -> None:
        if reply.status != "failed" and not isinstance(sound, Reply):
            self.cache.put(self._key(question, sound), reply.as_json())

    def _key(self, question: _Question, sound: Waveform | None) -> str:
        heard = None if sound is None else hashlib.sha256(sound.tobytes()).hexdigest()
        said = [self.answerer.name, self.asking.digest, question.prompt.digest, heard]
        return digest_of(["answer", *said, question.item.item_id, question.sample])

    def _row(self, question: _Question, reply: Reply) -> Answer:
        identity = (question.item.item_id, self.answerer.name, self.asking.digest, question.sample)
        return Answer(
            answer_id=content_id("answer", *identity),
            item_id=question.item.item_id,
            model=self.answerer.name,
            prompt_digest=self.asking.digest,
            sample=question.sample,
            text=reply.text,
            prompt=self.asking.name,
            status=reply.status,
            reason=reply.reason,
            choice_logprobs=None if reply.logprobs is None else list(reply.logprobs),
        )
