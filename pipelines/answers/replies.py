"""Ask an answerer about items, some at a time; each answer is kept as soon as it is there."""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import count, islice

from evaluation.benchmarks.prompts import Prompt
from pipelines.answers.answerer import Answerer, Asked, Reply
from pipelines.answers.asking import Asking
from pipelines.answers.item_sounds import ItemSounds
from pipelines.measuring.sounds import Waveform
from pipelines.remote.cache import ResponseCache
from pipelines.running.in_order import in_order
from pipelines.running.step import Advance
from schemas.audio.sound import DecodeError
from schemas.benchmarks import Answer, Item
from schemas.ids import content_id, digest_of

Heard = Waveform | Reply | None
"""A sound, what became of one that cannot be had, or None where nothing is to be heard."""


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
        samples = self.asking.samples
        rows: list[Answer | None] = [None] * (len(items) * samples)
        left = [samples] * len(items)
        batches = self._batches(self._questions(items))
        for batch in in_order(self._answered, batches, self.answerer.concurrency):
            for question, reply in batch:
                rows[question.place] = self._row(question, reply)
                left[question.place // samples] -= 1
                if not left[question.place // samples]:
                    advance(1)
        return [row for row in rows if row is not None]

    def _questions(self, items: Sequence[Item]) -> Iterator[_Question]:
        places = count()
        for item in items:
            prompt = self.asking.prompt(item)
            for sample in range(self.asking.samples):
                yield _Question(place=next(places), item=item, prompt=prompt, sample=sample)

    def _batches(self, questions: Iterable[_Question]) -> Iterator[list[_Question]]:
        """Yield questions that are asked together, those of like length side by side."""
        size = self.answerer.batch
        if size > 1:
            questions = sorted(questions, key=lambda own: (len(own.prompt.user), own.place))
        rest = iter(questions)
        while batch := list(islice(rest, size)):
            yield batch

    def _answered(self, batch: Sequence[_Question]) -> list[tuple[_Question, Reply]]:
        """Return the reply to each question of a batch, asking for those that are not kept."""
        heard = [self._heard(own.item) for own in batch]
        found = [self._kept(own, sound) for own, sound in zip(batch, heard, strict=True)]
        if None in found:
            # All that can be asked is asked, so that a batch is the same each time.
            places = [n for n, sound in enumerate(heard) if not isinstance(sound, Reply)]
            asked = [self._asked(batch[n], heard[n]) for n in places]
            for n, reply in zip(places, self.answerer.answer(asked), strict=True):
                if found[n] is None:
                    found[n] = reply
                    self._keep(batch[n], heard[n], reply)
        return [(own, reply) for own, reply in zip(batch, found, strict=True) if reply is not None]

    def _heard(self, item: Item) -> Heard:
        """Return an item's sound, None if nothing is heard, or what became of it."""
        if item.audio is None or self.sounds is None or self.asking.blind:
            return None
        try:
            return self.sounds.waveform(item.audio)
        except DecodeError as error:
            return Reply(status="failed", reason=f"{error.reason}: {error.detail}")

    def _asked(self, question: _Question, heard: Heard) -> Asked:
        return Asked(
            prompt=question.prompt,
            sound=None if isinstance(heard, Reply) else heard,
            temperature=self.asking.temperature,
            seed=self.asking.seed_of(question.item, question.sample),
        )

    def _kept(self, question: _Question, heard: Heard) -> Reply | None:
        if isinstance(heard, Reply):
            return heard
        line = self.cache.get(self._key(question, heard))
        return None if line is None else Reply.from_json(line)

    def _keep(self, question: _Question, heard: Heard, reply: Reply) -> None:
        if reply.status != "failed" and not isinstance(heard, Reply):
            self.cache.put(self._key(question, heard), reply.as_json())

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
