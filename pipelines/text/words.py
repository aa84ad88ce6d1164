"""Words of English sound descriptions: what the embedded rules know about grammar."""


def word_set(text: str) -> frozenset[str]:
    """Return the words of a text as a set."""
    return frozenset(text.split())


def plain_apostrophes(text: str) -> str:
    """Return the text with typographic apostrophes written as typewriters do."""
    return text.replace("\u2019", "'")


ARTICLES = word_set("a an the some all his her its their our my your this these those")
PRONOUNS = word_set("it he she they")
AUXILIARIES = word_set("is are was were be been being am has have had can could will would does do")
NUMBERS = word_set(
    "one two three four five six seven eight nine ten dozen multiple several many few both "
    "various numerous couple single lots lot more"
)
RELATIVES = word_set("that which who whose where as such if though because so")
PREPOSITIONS = word_set(
    "in on onto into at near from through down across towards toward to against behind beside "
    "under underneath inside outside around along past off up out by over above within without "
    "among between for via nearby beneath amongst amidst amid throughout upon like about"
)
PARTICLES = word_set("by up down off on out over around away past in along through")
"""Prepositions that may also end a clause (`a car drives by`) and then belong to the verb."""

ADJECTIVES = word_set(
    "loud soft quiet distant faint high low high-pitched low-pitched pitched muffled light heavy "
    "gentle harsh sharp deep brief short long continuous constant steady rhythmic repetitive "
    "repeated intermittent occasional rapid fast slow quick sudden intense moderate strong weak "
    "slight dull bright shrill hollow metallic mechanical electronic dramatic calm aggressive "
    "ongoing consistent frequent large big small little tiny far far-away nearby approaching "
    "oncoming echoing clear noisy rough smooth high-pitch loudest louder quieter softer medium "
    "mid-size mid-sized non-stop nonstop varying different crisp bassy tinny reverberant dry"
)
ADVERBS = word_set(
    "hard twice once thrice again together nearby away overhead outside inside indoors outdoors "
    "repeatedly times time very too also almost quite rather just still even more then forth back "
    "somewhat fast ahead here there meanwhile eventually finally later afterwards afterward "
    "subsequently lastly simultaneously shortly non-stop forever always often sometimes alternately"
)
NOT_ADVERBS = word_set("family fly butterfly jelly belly bully rally holy silly elderly july lily")
PHASES = word_set("start begin stop continue end finish resume cease proceed pause slow fade")
"""Verbs that say how another event runs: alone, without a subject, they are its property."""

SOUND_NOUNS = word_set(
    "music thunder applause laughter speech noise noises static rain wind winds siren sirens "
    "gunfire gunshot gunshots footsteps traffic chatter conversation birds birdsong crickets waves "
    "explosion explosions dialogue dialog monologue song tune melody drums guitar piano violin "
    "trumpet flute bell bells alarm horn horns whistle vibration vibrations hiss hum buzz crackle "
    "thud thump bang click clicks beep beeps crash splash squeak squeal screech cough sneeze burp "
    "giggle giggles laugh scream screams cheer cheers yell shout whisper chirp tweet bark meow "
    "growl roar moo oink snore sigh gasp cry pop pops burst bursts clap claps crack creak creaks "
    "clank clanks clang rattle rattles rumble whoosh whir sizzle drip murmur murmurs sound sounds "
    "voices engine engines tone tones chime chimes water baa oinks snoring breathing typing "
    "rustling clicking ticking feedback vocals rhythm beat beats bass synth drone echo"
)

MASS_NOUNS = word_set(
    "rain wind water traffic music thunder speech laughter applause food oil liquid static gunfire "
    "chatter wood metal plastic paper silence birdsong dialogue dialog feedback bass air steam "
    "snow hail grass gravel glass machinery equipment wildlife livestock silverware cutlery surf "
    "audio conversation fabric cloth dirt mud sand foil leather concrete ice gas fuel tape "
    "typewriting someone something somebody anyone nothing rhythm lightning weather nature "
    "pressure frequency reverb"
)
"""Nouns that take no `a`: what cannot be counted, and pronouns."""
PLURALS = word_set("people men women children police cattle geese mice feet teeth")
"""Plurals that do not end in -s."""

VERBS = word_set(
    "speak talk run blow laugh rev idle hum chirp splash bark rustle snore click pass accelerate "
    "play hiss buzz whistle ring give clank cry beep meow make move fall flow type honk gurgle "
    "spray flush cheer sizzle scrape yell tick tap bleat drive quack go crinkle scream vibrate "
    "speed coo bang rattle work whimper trickle clap burp sing sneeze roar growl squeal thump "
    "clack oink breathe squeak leave rumble whir croak shout pour fly crash drill whoosh murmur "
    "applaud operate walk clang crumple open flap get pop shuffle race clink rush whine chime "
    "approach fire blare close fry baa chug pant clip-clop cough rub knock screech trot drip turn "
    "take tweet saw crackle come burst clatter hit deliver drain creak neigh howl crack grunt skid "
    "say call clop vocalize echo communicate gust narrate wail spin giggle slam whisper sputter "
    "cut use grind slide snort crow scratch travel decelerate chuckle yip belch cross groan gallop "
    "shut bubble sniffle roll shift repeat crunch step ding break squawk brake release sleep "
    "stream boom sob drop stir blast fill increase converse rain file snap babble hammer crank "
    "gasp dial explode respond holler swoosh hover sniff slap smack mumble cock chatter bounce "
    "bleep drum chant shoot power rotate zoom beat sigh jingle swish rock purr shake thud change "
    "pound whirl moan grow caw rasp dribble slosh burble toll signal fart toot answer tear thunder "
    "lock clunk ride snicker cluck imitate wheeze emit rip chew moo exhale hoot chop announce kiss "
    "cling crumble hiccup struggle yelp pull pick inhale brush scrub flutter ruffle strike escape "
    "chat exclaim shriek patter stitch spit lap churn stutter ignite fuss tinkle slurp wash yodel "
    "sound ticktock tick-tock vocalise peep trill warble strum pluck hoot cackle sputter gush eat "
    "stomp whiz whizz reverse reload occur recite preach lecture shear sweep swirl twang thrum "
    "bellow"
)
_IRREGULAR = {
    "spoke": "speak", "ran": "run", "blew": "blow", "rang": "ring", "sang": "sing", "fell": "fall",
    "drove": "drive", "flew": "fly", "said": "say", "struck": "strike", "shook": "shake",
}  # fmt: skip
_ING_NOUNS = word_set(
    "something nothing anything everything thing morning evening ceiling building string spring "
    "king wing during sewing"
)


def verb_base(word: str) -> str | None:
    """Return the base form of a verb that the rules know, None for any other word.

    Example:
        >>> verb_base("running"), verb_base("cries"), verb_base("idles"), verb_base("table")
        ('run', 'cry', 'idle', None)
    """
    if word in VERBS or word in PHASES:
        return word
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    for ending, replacements in (
        ("ies", ("y",)),
        ("ied", ("y",)),
        ("es", ("", "e")),
        ("s", ("",)),
        ("ing", ("", "e")),
        ("ed", ("", "e")),
    ):
        if not word.endswith(ending):
            continue
        stem = word.removesuffix(ending)
        candidates = [stem + replacement for replacement in replacements]
        if stem[-1:] and stem[-1:] == stem[-2:-1]:
            candidates.append(stem[:-1])
        for candidate in candidates:
            if candidate in VERBS or candidate in PHASES:
                return candidate
    return None


def verb_form(word: str) -> str | None:
    """Return "ing", "s", "ed" or "base" for a verb's form, None if the word is no verb.

    A participle in -ing counts as a verb even if its base is unknown.

    Example:
        >>> verb_form("barking"), verb_form("barks"), verb_form("frobbing"), verb_form("ceiling")
        ('ing', 's', 'ing', None)
    """
    if word in _ING_NOUNS:
        return None
    if word.endswith("ing") and len(word) > 4:
        return "ing"
    base = verb_base(word)
    if base is None:
        return None
    if word == base:
        return "base"
    return "s" if word.endswith("s") else "ed"


def is_adverb(word: str) -> bool:
    """Tell whether a word says how, how often or where, without naming an event."""
    return word in ADVERBS or (word.endswith("ly") and word not in NOT_ADVERBS and len(word) > 4)


def is_modifier(word: str) -> bool:
    """Tell whether a word is an adjective, a number or an adverb."""
    return word in ADJECTIVES or word in NUMBERS or is_adverb(word) or word.isdigit()


def stem(word: str) -> str:
    """Return a crude stem by which two texts' words are compared.

    Example:
        >>> stem("barking") == stem("barks") == stem("bark")
        True
    """
    base = verb_base(word)
    if base is not None:
        return base
    return word.removesuffix("es") if word.endswith(("ches", "shes")) else word.removesuffix("s")
