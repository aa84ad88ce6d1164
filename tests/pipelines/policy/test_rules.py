import tomllib

import pytest

from pipelines.policy.rules import (
    PRESETS,
    LicenceRules,
    MeasureRule,
    Policy,
    QualityRules,
    as_toml,
    read_policy,
)

LEAST = 'name = "mine"\n[licence]\nallow = ["attribution"]\n'


def refused(tmp_path, text):
    path = tmp_path / "policy.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=r".") as error:
        read_policy(path)
    return str(error.value)


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_is_a_policy_that_names_itself(name):
    assert read_policy(name).name == name


@pytest.mark.parametrize("name", PRESETS)
def test_the_toml_that_is_shown_is_the_same_policy(name):
    policy = read_policy(name)
    shown = Policy.model_validate(tomllib.loads(as_toml(policy)))
    assert shown.licence.of_texts() == policy.licence.of_texts()
    assert shown.judging() | {"licence": None} == policy.judging() | {"licence": None}


def test_measures_and_spellings_survive_being_shown():
    policy = Policy.model_validate(
        {
            "name": "m",
            "licence": {"allow": ["CC-BY"], "spellings": {'odd "one"': "CC-BY-4.0"}},
            "quality": {"measures": [{"name": "ce", "scorer": "s@1", "above": 3.38}]},
        }
    )
    shown = Policy.model_validate(tomllib.loads(as_toml(policy)))
    assert shown.quality == policy.quality
    assert shown.licence.spellings == policy.licence.spellings


def test_no_preset_allows_what_may_not_be_changed_or_is_nobodys_to_give():
    for name in PRESETS:
        allowed = read_policy(name).licence.allow
        assert not {"no-derivatives", "proprietary"} & set(allowed)
    assert "non-commercial" not in read_policy("commercial").licence.allow


def test_the_name_of_a_policy_decides_nothing():
    policy = read_policy("commercial")
    assert policy.judging() == policy.model_copy(update={"name": "other"}).judging()


def test_an_unknown_key_is_named_with_its_place(tmp_path):
    said = refused(tmp_path, LEAST + "[quality]\nmin_loudness = 3\n")
    assert "policy.toml: quality.min_loudness" in said


def test_a_policy_without_licences_is_refused(tmp_path):
    assert "licence" in refused(tmp_path, 'name = "mine"\n')


def test_a_misspelt_licence_names_what_was_meant(tmp_path):
    said = refused(tmp_path, 'name = "m"\n[licence]\nallow = ["cc by 4.0"]\n')
    assert "got 'cc by 4.0' (meant CC-BY-4.0?)" in said
    assert "public-domain" in said


def test_a_spelling_has_to_mean_a_licence(tmp_path):
    text = LEAST + '[licence.spellings]\n"CCBY" = "free"\n'
    assert "'CCBY': expected an id such as CC-BY-4.0, got 'free'" in refused(tmp_path, text)


def test_spellings_that_are_read_alike_have_one_meaning(tmp_path):
    both = '"CCBY 3" = "CC-BY-3.0"\n"ccby-3" = "CC0-1.0"\n'
    said = refused(tmp_path, f"{LEAST}[licence.spellings]\n{both}")
    assert "'ccby-3': expected one meaning, got 'CC-BY-3.0' and 'CC0-1.0'" in said


def test_a_spelling_has_words(tmp_path):
    said = refused(tmp_path, LEAST + '[licence.spellings]\n"--" = "CC0-1.0"\n')
    assert "'--': expected a spelling that has words" in said


def test_spellings_of_other_alphabets_are_told_apart():
    rules = LicenceRules(
        allow=("CC0-1.0",),
        spellings={"\u514d\u8d39": "CC0-1.0", "\u975e\u5546\u7528": "LicenseRef-non-commercial"},
    )
    assert rules.licence("\u514d\u8d39").id == "CC0-1.0"
    assert rules.licence("\u975e\u5546\u7528").id == "LicenseRef-non-commercial"
    assert rules.licence("\u5176\u4ed6") is None


@pytest.mark.parametrize(
    ("table", "rules", "told"),
    [
        (
            "quality",
            "min_duration_s = 10\nmax_duration_s = 2",
            "duration_s: expected its least up to its most",
        ),
        ("quality", "min_rms_dbfs = -10\nmax_rms_dbfs = -40", "got -10 and -40: none passes"),
        ("captions", "min_words = 9\nmax_words = 3", "got 9 and 3: none passes"),
    ],
)
def test_thresholds_that_nothing_passes_are_a_contradiction(tmp_path, table, rules, told):
    assert told in refused(tmp_path, f"{LEAST}[{table}]\n{rules}\n")


@pytest.mark.parametrize(("low", "high"), [("min = 3", "max = 2"), ("above = 3", "max = 3")])
@pytest.mark.parametrize("table", ["quality", "captions"])
def test_measure_rules_that_nothing_passes_are_a_contradiction(tmp_path, table, low, high):
    rule = f'[[{table}.measures]]\nname = "ce"\nscorer = "s"\n'
    said = refused(tmp_path, f"{LEAST}{rule}{high}\n{rule}{low}\n")
    assert "ce of s: expected its least up to its most, got 3 and" in said


def test_measure_rules_that_leave_a_band_are_no_contradiction():
    band = [{"name": "ce", "scorer": "s", "min": 2}, {"name": "ce", "scorer": "s", "max": 2}]
    other = {"name": "ce", "scorer": "t", "min": 3}
    assert len(QualityRules(measures=[*band, other]).measures) == 3
    ends = [
        {"name": "ce", "scorer": "s", "min": 3, "together": "ends"},
        {"name": "ce", "scorer": "s", "max": 2, "together": "ends"},
    ]
    assert len(QualityRules(measures=ends).measures) == 2


def test_a_bandwidth_in_kilohertz_is_a_slip(tmp_path):
    said = refused(tmp_path, LEAST + "[quality]\nmin_bandwidth_hz = 3.5\n")
    assert "expected Hz, at least 20 or 0, got 3.5; was it meant in kHz?" in said
    assert QualityRules(min_bandwidth_hz=0).min_bandwidth_hz == 0


@pytest.mark.parametrize("thresholds", ["", "min = 1\nmax = 2\n"])
def test_a_measure_rule_has_one_threshold(tmp_path, thresholds):
    rule = f'[[quality.measures]]\nname = "ce"\nscorer = "s"\n{thresholds}'
    assert "expected one of min, above and max" in refused(tmp_path, LEAST + rule)


def test_rules_that_go_together_are_at_least_two(tmp_path):
    rule = '[[quality.measures]]\nname = "ce"\nscorer = "s"\nmin = 1\ntogether = "aes"\n'
    assert "together = 'aes'" in refused(tmp_path, LEAST + rule)


def test_a_source_is_included_or_excluded(tmp_path):
    text = LEAST + '[sources]\ninclude = ["a"]\nexclude = ["a"]\n'
    assert "got both for a" in refused(tmp_path, text)


@pytest.mark.parametrize("value", ["1.5", "-0.1", "nan"])
def test_a_share_is_between_0_and_1(tmp_path, value):
    assert "max_silence_ratio" in refused(
        tmp_path, f"{LEAST}[quality]\nmax_silence_ratio = {value}\n"
    )


def test_no_toml_and_no_file_are_one_clear_line(tmp_path):
    assert "expected TOML" in refused(tmp_path, "name = ")
    with pytest.raises(ValueError, match="expected a policy file or one of commercial, research"):
        read_policy(tmp_path / "none.toml")


def test_texts_follow_the_rules_of_sounds_unless_told_otherwise():
    rules = Policy.model_validate(
        {"name": "m", "licence": {"allow": ["CC0-1.0"], "missing_allowed_for": ["s"]}}
    ).licence
    assert rules.of_texts().allow == ("CC0-1.0",)
    assert rules.of_texts().missing_allowed_for == ("s",)
    strict = rules.model_copy(update={"text_allow": ("MIT",), "text_missing_allowed_for": ()})
    assert strict.of_texts().allow == ("MIT",)
    assert strict.of_texts().missing_allowed_for == ()


def test_a_spelling_of_the_users_own_comes_first():
    rules = Policy.model_validate(
        {
            "name": "m",
            "licence": {"allow": ["CC0-1.0"], "spellings": {"Freesound basic": "CC0-1.0"}},
        }
    ).licence
    assert rules.licence("freesound  BASIC").id == "CC0-1.0"
    assert rules.licence("CC BY 4.0").id == "CC-BY-4.0"


def test_a_rule_is_frozen():
    rule = MeasureRule(name="ce", scorer="s", min=1)
    with pytest.raises(ValueError, match="frozen"):
        rule.min = 2
