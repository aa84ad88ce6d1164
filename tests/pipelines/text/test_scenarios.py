from pipelines.text.scenarios import scenarios_of


def test_the_first_event_with_a_known_scenario_decides():
    assert scenarios_of(["something odd", "birds chirping", "rain"]) == scenarios_of(["bird"])


def test_unknown_events_suggest_nothing():
    assert scenarios_of(["something odd"]) == []
