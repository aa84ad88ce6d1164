import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.policy.licences import FAMILIES, Licence, known_licence, spelling_key
from tests.places import DATA

SPELLINGS = {
    "CC BY 4.0": "CC-BY-4.0",
    "CC-BY-4.0": "CC-BY-4.0",
    "cc_by_4.0": "CC-BY-4.0",
    "CC BY 4": "CC-BY-4.0",
    "Creative Commons Attribution 4.0 International": "CC-BY-4.0",
    "Attribution 4.0 International (CC BY 4.0)": "CC-BY-4.0",
    "http://creativecommons.org/licenses/by/4.0/": "CC-BY-4.0",
    "https://creativecommons.org/licenses/by/4.0": "CC-BY-4.0",
    "https://creativecommons.org/licenses/by/4.0/legalcode": "CC-BY-4.0",
    "https://creativecommons.org/licenses/by/4.0/deed.en": "CC-BY-4.0",
    "Attribution": "CC-BY",
    "Creative Commons Attribution license (reuse allowed)": "CC-BY",
    "CC\u2011BY\u00a04.0": "CC-BY-4.0",
    "by": "CC-BY",
    "cc-by-nc": "CC-BY-NC",
    "Attribution Noncommercial": "CC-BY-NC",
    "Attribution-NonCommercial 3.0": "CC-BY-NC-3.0",
    "http://creativecommons.org/licenses/by-nc/3.0/": "CC-BY-NC-3.0",
    "Attribution-Noncommercial-Share Alike 3.0 United States": "CC-BY-NC-SA-3.0-US",
    "http://creativecommons.org/licenses/by-nc-sa/3.0/us/": "CC-BY-NC-SA-3.0-US",
    "CC BY-SA 3.0 DE": "CC-BY-SA-3.0-DE",
    "Attribution-NoDerivatives 4.0 International": "CC-BY-ND-4.0",
    "CC BY-NC-ND 4.0": "CC-BY-NC-ND-4.0",
    "Creative Commons 0": "CC0-1.0",
    "CC0": "CC0-1.0",
    "CC0 1.0 Universal (CC0 1.0) Public Domain Dedication": "CC0-1.0",
    "https://creativecommons.org/publicdomain/zero/1.0/": "CC0-1.0",
    "Public Domain Mark 1.0": "CC-PDM-1.0",
    "public domain": "LicenseRef-public-domain",
    "Sampling+": "CC-Sampling-Plus-1.0",
    "http://creativecommons.org/licenses/sampling+/1.0/": "CC-Sampling-Plus-1.0",
    "MIT": "MIT",
    "Apache-2.0": "Apache-2.0",
    "Apache License, Version 2.0": "Apache-2.0",
    "academic use only": "LicenseRef-academic",
    "non-commercial": "LicenseRef-non-commercial",
    "All rights reserved": "LicenseRef-proprietary",
    "LicenseRef-mine": "LicenseRef-mine",
}


@pytest.mark.parametrize(("spelling", "expected"), SPELLINGS.items())
def test_a_spelling_means_one_licence(spelling, expected):
    assert known_licence(spelling).id == expected


@pytest.mark.parametrize(
    "spelling",
    [
        "",
        "CC",
        "Creative Commons",
        "other",
        "see website",
        "CC BY 4.0 with additional terms",
        "CC BY 4.0, no AI training",
        "not CC0",
        "CC BY 3.0 or 4.0",
        "CC BY-SA-ND 4.0",
        "CC-BY-US",
        "https://example.org/licenses/by/4.0/",
        "https://creativecommons.org/licenses/by/4.0/but-not-for-you",
        "https://creativecommons.org/licenses/by-xx/4.0/",
        "NC",
        "CC BY 4.0 \u975e\u5546\u7528",  # not for commerce, in Chinese
        "CC BY 4.0 \u043d\u0435 \u0434\u043b\u044f \u0418\u0418",  # not for AI, in Russian
        "CC BY 4.0 \U0001f10f",  # the sign of NonCommercial
        "CC BY \uff2e\uff23 4.0",  # NC in full width
        "CC BY?",
        "CC BY 5.0",
        "https://creativecommons.org/licenses/by/9.0/",
    ],
)
def test_what_is_not_understood_as_a_whole_is_unknown(spelling):
    assert known_licence(spelling) is None


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_an_id_is_a_spelling_of_itself(spelling):
    licence = known_licence(spelling)
    assert known_licence(licence.id) == licence


@given(
    st.sampled_from(["BY", "BY-SA", "BY-NC", "BY-ND", "BY-NC-SA", "BY-NC-ND"]),
    st.sampled_from(["1.0", "2.0", "2.5", "3.0", "4.0"]),
    st.sampled_from([" ", "-", "_"]),
    st.booleans(),
)
def test_every_creative_commons_licence_is_read_from_its_url_and_its_name(
    parts, version, separator, lower
):
    name = separator.join(["CC", *parts.split("-"), version])
    url = f"https://creativecommons.org/licenses/{parts.lower()}/{version}/"
    expected = f"CC-{parts}-{version}"
    assert known_licence(name.lower() if lower else name).id == expected
    assert known_licence(url).id == expected


@given(st.text(max_size=40))
def test_any_text_is_a_licence_or_unknown_and_never_an_error(text):
    licence = known_licence(text)
    assert licence is None or isinstance(licence, Licence)
    assert spelling_key(spelling_key(text)) == spelling_key(text)


def test_a_family_covers_its_licences_and_no_others():
    by, nc = known_licence("CC BY 3.0"), known_licence("CC BY-NC 3.0")
    assert by.allowed_by(["attribution"])
    assert not by.allowed_by(["share-alike", "non-commercial", "public-domain"])
    assert nc.allowed_by(["non-commercial"])
    assert not nc.allowed_by(["attribution"])


def test_a_licence_of_two_families_needs_both():
    licence = known_licence("CC BY-NC-SA 4.0")
    assert licence.families == ("non-commercial", "share-alike")
    assert not licence.allowed_by(["non-commercial"])
    assert not licence.allowed_by(["share-alike"])
    assert licence.allowed_by(["share-alike", "non-commercial"])
    assert licence.allowed_by(["CC-BY-NC-SA-4.0"])


def test_an_id_without_version_covers_every_version_and_one_with_a_version_only_that():
    assert known_licence("CC BY 3.0 US").allowed_by(["CC-BY"])
    assert known_licence("CC BY 3.0 US").allowed_by(["CC-BY-3.0"])
    assert not known_licence("CC BY 3.0").allowed_by(["CC-BY-4.0"])
    assert not known_licence("CC BY").allowed_by(["CC-BY-4.0"])
    assert not known_licence("CC BY-NC 4.0").allowed_by(["CC-BY"])


def test_a_licence_of_the_users_own_is_allowed_by_its_id_alone():
    assert not known_licence("LicenseRef-mine").allowed_by(list(FAMILIES))
    assert known_licence("LicenseRef-mine").allowed_by(["LicenseRef-mine"])


@pytest.mark.realdata
@pytest.mark.skipif(not DATA.is_dir(), reason="needs ../shared/data")
def test_every_licence_of_the_real_clips_is_known():
    lines = (DATA / "clips.jsonl").read_text(encoding="utf-8").splitlines()
    stated = {json.loads(line)["licence"] for line in lines}
    assert {s: known_licence(s).id for s in stated} == {
        "CC0": "CC0-1.0",
        "CC-BY": "CC-BY",
        "CC-BY-3.0": "CC-BY-3.0",
        "public domain": "LicenseRef-public-domain",
    }
