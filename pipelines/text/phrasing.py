"""Rule-based prompts and dialogues about a rich caption; wording varies by seed alone."""

import random
from collections.abc import Sequence

from pipelines.text.outputs import DialogueForm, PromptSetForm, RichCaptionForm, TurnForm
from pipelines.text.plan_text import layout_text
from pipelines.text.scenarios import scenarios_of

_PLAIN = (
    "Generate the sound of {events}.",
    "Please make a recording with {events}.",
    "I need this sound: {events}.",
    "Can you create audio with {events}?",
    "Make a clip where one can hear {events}.",
)
_DETAILED = (
    "Create a clip as follows: {layout}. {sounds}.",
    "I am looking for this exact scene: {layout}. {sounds}.",
    "Please generate the following in this order: {layout}. {sounds}.",
)
_ABSTRACT = (
    "Give me the sound of {scenario}.",
    "Create something that evokes {scenario}.",
    "I want to hear {scenario}.",
    "Can you capture {scenario} in sound?",
)
_VAGUE = (
    "I would like a clip with {event}.",
    "Can you make something with {event} in it?",
    "I need audio for a project; {event} should be in it.",
)
_QUESTION = (
    "Gladly. Should {event} be alone, or what else should be heard, and when?",
    "Sure. What else should be in it besides {event}, and in which order?",
)
_ANSWER = ("Like this: {layout}.", "It should go: {layout}.", "Please do it so: {layout}.")
_AGREEMENT = (
    "Understood: {layout}. {sounds}.",
    "Here is my plan: {layout}. {sounds}.",
    "All right, I will make it so: {layout}. {sounds}.",
)


def prompts_of(rich: RichCaptionForm, seed: int) -> PromptSetForm:
    """Return a plain, a detailed and, where a scenario is known, an abstract prompt.

    Example:
        >>> from pipelines.text.readings import rich_caption_of
        >>> prompts_of(rich_caption_of("a clock ticks", "human"), seed=0).plain
        'Can you create audio with clock ticks?'
    """
    choice = random.Random(seed)  # noqa: S311 (wording, no secret)
    scenarios = scenarios_of(rich.keywords)
    plain = choice.choice(_PLAIN).format(events=_listed(rich.keywords))
    detailed = choice.choice(_DETAILED).format(layout=_layout(rich), sounds=_sounds(rich))
    abstract = None
    if scenarios:
        abstract = choice.choice(_ABSTRACT).format(scenario=choice.choice(scenarios))
    return PromptSetForm(plain=plain, detailed=detailed, abstract=abstract)


def dialogue_of(rich: RichCaptionForm, seed: int) -> DialogueForm:
    """Return a dialogue that ends where the rich caption is clear.

    One event takes two turns: a request and its confirmation. More take three or four: the user
    names one event, the assistant asks, the user says the rest, and the assistant may confirm.
    """
    choice = random.Random(seed)  # noqa: S311 (wording, no secret)
    agreement = choice.choice(_AGREEMENT).format(layout=_layout(rich), sounds=_sounds(rich))
    if len(rich.keywords) == 1:
        texts = [choice.choice(_PLAIN).format(events=rich.keywords[0]), agreement]
    else:
        event = choice.choice(rich.keywords)
        texts = [
            choice.choice(_VAGUE).format(event=event),
            choice.choice(_QUESTION).format(event=event),
            choice.choice(_ANSWER).format(layout=_layout(rich)),
        ]
        if choice.random() < 0.5:
            texts.append(agreement)
    turns = [
        TurnForm(role="user" if index % 2 == 0 else "assistant", text=text)
        for index, text in enumerate(texts)
    ]
    return DialogueForm(turns=turns)


def _listed(names: Sequence[str]) -> str:
    if len(names) == 1:
        return names[0]
    return ", ".join(names[:-1]) + " and " + names[-1]


def _layout(rich: RichCaptionForm) -> str:
    return layout_text([entry.model_dump() for entry in rich.layout])


def _sounds(rich: RichCaptionForm) -> str:
    """Say how the events sound, leaving out descriptions that only repeat the name."""
    said = [f"{d.event}: {d.text}" for d in rich.description if d.event not in d.text]
    text = "; ".join(said or [f"{d.event}: {d.text}" for d in rich.description])
    return text[:1].upper() + text[1:]
