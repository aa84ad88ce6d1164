import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from reports.html import write_page
from schemas.tables import TABLES
from tests.reports import lake_rows as rows

FETCHING = {"src", "href", "action", "data", "poster", "srcset", "xlink:href"}


class Elements(HTMLParser):
    """Collects the page's elements and its text."""

    def __init__(self, page):
        super().__init__()
        self.elements, self.words = [], []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.words.append(data)

    def named(self, name):
        return [attributes for tag, attributes in self.elements if tag == name]

    @property
    def text(self):
        return " ".join(" ".join(self.words).split())


@pytest.fixture(scope="module")
def page(full_lake, tmp_path_factory):
    path = tmp_path_factory.mktemp("page") / "report.html"
    write_page(full_lake, path)
    return Elements(path.read_text("utf-8"))


def test_texts_with_markup_stay_text(page):
    assert page.named("script") == []
    assert page.named("img") == []
    assert "gen-dpo <b>" in page.text
    assert "<script>throw 1</script>" in page.text


def test_every_number_of_what_the_steps_counted_ends_flush_right(lake, tmp_path):
    counts = {"rows_in": 1200, "produced": 1198, "dropped": {"silent": 2}, "quarantined": {}}
    for slot in ("ingest.a", "ingest.b"):
        empty = TABLES["clips"].from_rows([])
        lake.commit("clips", [lake.write_shard("clips", slot, "0" * 64, empty, **counts)], "x")
    write_page(lake, tmp_path / "report.html")
    page = (tmp_path / "report.html").read_text("utf-8")
    (table,) = re.findall(r"By what each step counted</caption>(.*?)</table>", page, re.DOTALL)
    assert re.findall(r"<td(.*?)>([\d,]+)</td>", table) == [
        (' class="number"', text) for text in ("2", "2,400", "2,396", "4", "0")
    ]
    assert '<th scope="col" class="number">Shards</th>' in table


def test_nothing_is_fetched_from_outside(page):
    for _, attributes in page.elements:
        for name in FETCHING & set(attributes):
            assert attributes[name].startswith(("data:", "#")), attributes[name][:80]


def test_every_candidate_and_real_clip_has_a_labelled_player(page):
    players = page.named("audio")
    assert len(players) == 4 * 4 + 4
    assert all(each["src"].startswith("data:audio/flac;base64,") for each in players)
    assert all(each["aria-label"] for each in players)


def test_winner_and_loser_are_marked_in_words(page):
    classes = [each.get("class", "") for each in page.named("span")]
    assert classes.count("mark winner") == classes.count("mark loser") == 3


def test_the_page_states_how_many_contexts_it_holds(full_lake, tmp_path):
    made = write_page(full_lake, tmp_path / "r.html", contexts=2, candidates=1)
    assert (made.contexts, made.all_contexts) == (2, 4)
    page = Elements((tmp_path / "r.html").read_text("utf-8"))
    assert "2 of 4 contexts" in page.text
    assert "1 of 4 candidates" in page.text
    assert len(page.named("audio")) == 4


def test_measured_and_published_stand_in_columns_of_their_own(page):
    assert "Measured here Interval n Published Difference Comparable" in page.text
    assert "0.62 audiocaps" in page.text
    assert "embedded scorer: plumbing, not a result" in page.text
    assert "Not comparable with published figures" in page.text


def test_an_export_is_no_training_run(lake, tmp_path):
    exported = replace(rows.run("run2", "hf"), command="export", checkpoint=None)
    rows.put(lake, "runs", rows.run(), exported)
    page = Elements(write_page(lake, tmp_path / "r.html").path.read_text("utf-8"))
    assert "1 training runs" in page.text
    assert "hf export finished" in page.text


def test_a_dash_stands_where_the_words_of_its_column_stand(lake, tmp_path):
    rows.put(lake, "recordings", rows.recording())
    page = write_page(lake, tmp_path / "r.html").path.read_text("utf-8")
    (row,) = [part for part in page.split("<tr>") if ">recordings</th>" in part]
    assert '<td class="id">-</td>' in row


def test_versions_and_digests_of_the_tables_are_on_the_page(page, full_lake):
    assert "Table versions that this page read" in page.text
    for name in full_lake.versions():
        assert name in page.text


def test_ids_are_unique_and_every_inner_link_leads_somewhere(page):
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    links = [each["href"] for each in page.named("a")]
    assert {link.removeprefix("#") for link in links} <= set(ids)


def test_an_empty_lake_gives_a_page_that_says_what_to_run(lake, tmp_path):
    made = write_page(lake, tmp_path / "r.html")
    page = Elements(made.path.read_text("utf-8"))
    for command in ("corpus ingest", "train", "evaluate benchmark", "evaluate generations"):
        assert f"ualm {command}" in page.text
    assert page.named("audio") == []


def test_a_measured_difference_is_shown_where_it_is_comparable(lake, tmp_path):
    measured = {"dataset": "audiocaps", "scorer": "laion-clap@1", "n": 4875, "comparable": True}
    told = {"protocol_digest": "p", "weights_digest": "w"}
    rows.put(lake, "metrics", rows.metric("cl", 0.70, **measured, **told))
    page = Elements(write_page(lake, tmp_path / "r.html").path.read_text("utf-8"))
    assert "0.08" in page.text
    assert "Not comparable with published figures" not in page.text


def test_a_page_that_cannot_be_made_leaves_the_older_one(lake, tmp_path):
    path = tmp_path / "r.html"
    write_page(lake, path)
    before = path.read_bytes()
    rows.put(lake, "contexts", rows.context())
    rows.put(lake, "generations", rows.generation("g", sound=b"RIFF"))
    with pytest.raises(ValueError, match="expected a FLAC sound"):
        write_page(lake, path)
    assert path.read_bytes() == before
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["lake", "r.html"]
