"""Scenarios, feelings and genres in which sounds are heard, for abstract prompts."""

from collections.abc import Sequence

from pipelines.text.words import stem

_SCENARIOS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("thunder storm lightning", ("the drama of a storm", "a night when the weather turns wild")),
    ("rain drizzle", ("a grey, wet afternoon", "the cosy feeling of staying in on a wet day")),
    ("ocean sea wave surf seagull", ("a day by the sea", "the calm of the coast")),
    ("wind breeze gust", ("an open landscape in rough weather", "a lonely, exposed place")),
    ("stream river brook waterfall", ("a walk in unspoilt nature", "the peace of wild country")),
    (
        "rooster sheep goat cow pig hen chicken horse moo baa oink neigh bleat gallop",
        ("a morning on a farm", "life in the countryside"),
    ),
    (
        "bird chirp pigeon tweet frog cricket insect bee owl duck coo caw birdsong croak",
        ("a quiet morning outdoors", "nature coming alive"),
    ),
    ("dog bark puppy cat meow kitten purr whimper", ("a home with pets", "an animal's mood")),
    (
        "baby infant child toddler kid giggle",
        ("family life at home", "the tender chaos of early childhood"),
    ),
    (
        "siren ambulance police alarm",
        ("the tension of an emergency", "a city night when something is wrong"),
    ),
    (
        "car traffic truck bus motorcycle vehicle engine honk tire rev",
        ("a busy street", "the restless energy of the road"),
    ),
    ("train railroad locomotive track", ("a place where journeys begin", "the romance of travel")),
    ("helicopter airplane aircraft plane jet", ("the excitement of flight",)),
    ("boat motorboat speedboat ship", ("a day out on the water",)),
    (
        "crowd audience applause applaud cheer clap",
        ("the thrill of a public event", "a moment of shared celebration"),
    ),
    ("gun gunfire gunshot explosion", ("a scene of danger in an action film",)),
    (
        "hammer drill saw sand machine machinery tool chainsaw",
        ("an industrious workshop", "the grind of hard work"),
    ),
    ("fry sizzle dish pan food cook pour kettle", ("somebody busy in the kitchen",)),
    ("toilet sink faucet flush", ("an everyday moment in a bathroom",)),
    ("type keyboard printer computer mouse", ("a working day at the office",)),
    ("telephone phone dial", ("an interruption in a quiet room",)),
    ("church bell toll chime gong", ("a solemn, ceremonial mood", "an old town square")),
    ("clock tick", ("the feeling of waiting as time passes",)),
    ("snore sleep breath breathe", ("the stillness of the small hours",)),
    (
        "drum cymbal snare kick beat percussion marimba",
        ("a rhythmic, percussive groove", "the pulse of a ritual"),
    ),
    (
        "guitar piano violin pluck strum flute harp string music melody song sing",
        ("an intimate musical moment", "an acoustic, song-like mood"),
    ),
    ("synth tone sine laser theremin sweep", ("an experimental electronic piece",)),
    ("speech speak talk conversation narrate say", ("a place where people meet and converse",)),
    ("laugh laughter giggle chuckle", ("carefree, good company",)),
    ("cry sob scream wail groan", ("a moment of distress",)),
    ("door footstep walk step creak knock", ("someone arriving at an old house",)),
    ("crackle fire fireplace", ("warmth beside a hearth",)),
)
_BY_STEM: dict[str, tuple[str, ...]] = {
    stem(word): scenarios for words, scenarios in _SCENARIOS for word in words.split()
}


def scenarios_of(keywords: Sequence[str]) -> list[str]:
    """Return the scenarios that a sound's events suggest; none if no event is known.

    The first event with a known scenario decides, as the events come most prominent first.

    Example:
        >>> scenarios_of(["a clock ticks"])
        ['the feeling of waiting as time passes']
    """
    for keyword in keywords:
        for word in keyword.split():
            if found := _BY_STEM.get(stem(word)):
                return list(found)
    return []
