"""Rule-based prompts and dialogues about a rich caption; wording varies by seed alone."""

import random
from collections.abc import Sequence

from pipelines.text.outputs import DialogueForm, PromptSetForm, RichCaptionForm, TurnForm
from pipelines.text.plan_text import time_text
from pipelines.text.scenarios import scenarios_of
from pipelines.text.spoken import spoken
from pipelines.text.words import ARTICLES, AUXILIARIES

_PLAIN = (
    "Generate the sound of {events}.",
    "Please make a recording of {events}.",
    "I need this sound: {events}.",
    "Can you create audio with {events}?",
    "Make a clip where one can hear {events}.",
)
_DETAILED = (
    "Create a clip as follows: {layout}.",
    "I am looking for this exact scene: {layout}.",
    "Please generate the following: {layout}.",
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
    "I need audio for a project, and there should be {event} in it.",
)
_QUESTION = (
    "Gladly. Should there be only {event}, or what else, and when?",
    "Sure. What else should be heard besides {event}, and in which order?",
)
_ANSWER = ("Like this: {layout}.", "It should go: {layout}.", "Please do it so: {layout}.")
_AGREEMENT = (
    "Understood: {layout}.",
    "Here is my plan: {layout}.",
    "All right, I will make it so: {layout}.",
)
_JOINTS = {
    "start": "",
    "after": ", then ",
    "during": ", and during that ",
    "overlaps": ", along with ",
}


def prompts_of(rich: RichCaptionForm, seed: int) -> PromptSetForm:
    """Return a plain, a detailed and, where a scenario is known, an abstract prompt.

    Example:
        >>> from pipelines.text.readings import rich_caption_of
        >>> prompts_of(rich_caption_of("a clock ticks", "human"), seed=0).plain
        'Can you create audio with a clock ticking?'
    """
    choice = random.Random(seed)  # noqa: S311 (wording, no secret)
    scenarios = scenarios_of(rich.keywords)
    plain = choice.choice(_PLAIN).format(events=_listed([spoken(k) for k in rich.keywords]))
    detailed = choice.choice(_DETAILED).format(layout=scene_text(rich))
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
    scene = scene_text(rich)
    agreement = choice.choice(_AGREEMENT).format(layout=scene)
    if len(rich.keywords) == 1:
        texts = [choice.choice(_PLAIN).format(events=spoken(rich.keywords[0])), agreement]
    else:
        event = spoken(choice.choice(rich.keywords))
        texts = [
            choice.choice(_VAGUE).format(event=event),
            choice.choice(_QUESTION).format(event=event),
            choice.choice(_ANSWER).format(layout=scene),
        ]
        if choice.random() < 0.5:
            texts.append(agreement)
    turns = [
        TurnForm(role="user" if index % 2 == 0 else "assistant", text=text)
        for index, text in enumerate(texts)
    ]
    return DialogueForm(turns=turns)


def scene_text(rich: RichCaptionForm) -> str:
    """Return the events in the order of time, in words, each with what is known of it.

    Example:
        >>> from pipelines.text.readings import rich_caption_of
        >>> scene_text(rich_caption_of("two dogs bark loudly, then a car passes", "human"))
        'dogs barking (two, loudly), then a car passing'
    """
    details = {entry.event: entry.text for entry in rich.description}
    pieces: list[str] = []
    for entry in rich.layout:
        joint = _JOINTS[entry.relation] if pieces else ""
        known = (
            time_text(entry.start, entry.end),
            _news(entry.event, details.pop(entry.event, "")),
        )
        said = "; ".join(filter(None, known))
        pieces.append(joint + spoken(entry.event) + (f" ({said})" if said else ""))
    return "".join(pieces)


def _news(event: str, detail: str) -> str:
    """Return a description, or nothing if it only repeats the event's name."""
    told = {*event.split(), *ARTICLES, *AUXILIARIES, "and"}
    return detail if set(detail.casefold().split()) - told else ""


def _listed(names: Sequence[str]) -> str:
    if len(names) == 1:
        return names[0]
    return ", ".join(names[:-1]) + " and " + names[-1]
