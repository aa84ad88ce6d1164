import duckdb
import pytest

from reports.database import fill
from schemas.lake import Lake
from tests.reports import lake_rows as rows


@pytest.fixture
def lake(tmp_path):
    return Lake.create(tmp_path / "lake")


@pytest.fixture
def ask(lake):
    """Return a function that asks a query of the lake's report database."""

    def asked(query):
        with duckdb.connect() as connection:
            fill(connection, lake)
            return connection.execute(query).fetchall()

    return asked


SCORES = ("clap", "spectral_flatness", "dynamic_range_db")
CONTEXTS = ("x0", "x1", "x2", "x3")
TEXTS = (
    "a dog barks twice, then a car passes far away",
    "<img src=x onerror=\"document.title='broken'\"> & <script>throw 1</script>",
    "rain on a tin roof while a bell rings",
    "a siren rises and falls",
)


@pytest.fixture(scope="session")
def full_lake(tmp_path_factory):
    """A lake with something for every part of the page; its texts try to be markup."""
    lake = Lake.create(tmp_path_factory.mktemp("full") / "lake")
    put_corpus(lake)
    put_generations(lake)
    put_runs(lake)
    put_metrics(lake)
    return lake


def put_corpus(lake):
    rows.put(lake, "recordings", *[rows.recording(f"r{i}") for i in range(5)])
    rows.put(lake, "clips", *[rows.clip(f"c{i}", f"r{i}") for i in range(4)])
    rows.put(lake, "audio", *[rows.audio(f"c{i}", 220.0 + 55 * i) for i in range(4)])
    rows.put(lake, "captions", *[rows.caption(t, f"k{i}", f"c{i}") for i, t in enumerate(TEXTS)])
    refused = rows.ledger("x3", "no clear winner", "contexts", "pairs")
    rows.put(lake, "ledger", rows.ledger("r4", "undecodable"), refused)
    rows.put(
        lake,
        "rich_captions",
        *[rows.rich_caption(f"planned-{i}", clip_id=f"c{i}") for i in range(4)],
        rows.rich_caption("heard", generation_id="x0-g3", times=((0.0, 2.0), (None, None))),
    )


def put_generations(lake):
    asked = [rows.context(x, TEXTS[i], f"c{i}") for i, x in enumerate(CONTEXTS)]
    rows.put(lake, "contexts", *asked)
    made = [rows.generation(f"{x}-g{s}", x, s, 300.0 + 40 * s) for x in CONTEXTS for s in range(4)]
    rows.put(lake, "generations", *made)
    scores = [
        rows.score(each.generation_id, 0.1 * each.sample + 0.01 * k, name)
        for each in made
        for k, name in enumerate(SCORES)
    ]
    rows.put(lake, "generation_scores", *scores)
    pairs = [rows.pair(f"{x}-g3", f"{x}-g0", x) for x in CONTEXTS[:3]]
    rows.put(lake, "preference_pairs", *pairs)


def put_runs(lake):
    rows.put(lake, "runs", rows.run(), rows.run("run2", "gen-dpo <b>"))
    curve = [(step, 5.0 * 0.99**step + 0.3) for step in range(0, 300, 3)]
    rows.put(
        lake,
        "run_metrics",
        *[rows.point(step, value) for step, value in curve],
        *[rows.point(step, value + 0.2, name="validation_loss") for step, value in curve[::10]],
        *[rows.point(step, value / 4, "run2", "dpo_loss <i>") for step, value in curve],
        *[rows.point(step, 1e-4, name="learning_rate") for step, _ in curve],
    )


def put_metrics(lake):
    rows.put(
        lake,
        "metrics",
        rows.metric("cl", 0.41),
        rows.metric("cl", 0.52, system="ground_truth", row_kind="ground_truth"),
        rows.metric("cl", 0.12, system="shuffled", row_kind="shuffled"),
        rows.metric("fd", 31.2),
        rows.metric("kl_gen_ref", 0.9),
        rows.metric("spectral_flatness", 0.2),
    )
