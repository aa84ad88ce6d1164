import pytest
import typer
from typer.testing import CliRunner

from pipelines.commands.corpus_run import run
from pipelines.commands.options import BEAM_CONTEXT
from pipelines.commands.samples import samples
from pipelines.commands.synth import critiques, dialogues, hear, prompts, rich_captions
from schemas.lake import Lake
from tests.pipelines.corpus_lake import corpus_lake, put, read, rich_caption
from tests.pipelines.encoding.encode_lake import lake_with_sounds

app = typer.Typer()
for command in (rich_captions, prompts, dialogues, hear, critiques, samples, run):
    app.command(context_settings=BEAM_CONTEXT)(command)


@pytest.fixture
def lake(tmp_path):
    return corpus_lake(tmp_path / "lake")


def ualm(lake, command, *options):
    arguments = [command, "--lake", str(lake.root), *options]
    return CliRunner().invoke(app, arguments, catch_exceptions=False)


def test_the_synth_commands_print_sums_that_add_up(lake):
    rows = {"rich-captions": 2, "prompts": 3, "dialogues": 3}
    for command, count in rows.items():
        result = ualm(lake, command)
        assert result.exit_code == 0
        assert f"rows in {count} = {count} produced" in result.output


def test_a_second_run_does_nothing_and_a_dry_run_writes_nothing(lake):
    assert "to run: 2 rows" in ualm(lake, "rich-captions", "--dry-run").output
    assert len(read(lake, "rich_captions")) == 1
    ualm(lake, "rich-captions")
    assert "rows in 0" in ualm(lake, "rich-captions").output


def test_critiques_compare_what_was_heard(lake):
    heard = rich_caption("h1", "bell", clip_id="c1", role="heard")
    put(lake, "rich_captions", [heard], "hear.ingest")
    assert "rows in 1 = 1 produced" in ualm(lake, "critiques").output


@pytest.mark.parametrize(
    ("command", "options", "complaint"),
    [
        (
            "prompts",
            ["--model", "gpt"],
            "expected a text model of embedded:rules, or openai:MODEL@BASE_URL; got 'gpt'",
        ),
        ("hear", [], "scenes"),
        ("samples", ["--stage", "nonsense"], "expected a stage, one of alignment"),
        ("samples", ["--stage", "sft1", "--blend", "none.toml"], "expected a blend at none.toml"),
        ("samples", ["--stage", "sft1"], "run `ualm corpus encode`"),
        ("run", ["none.toml"], "expected a corpus file at none.toml"),
    ],
)
def test_a_users_mistake_is_one_clear_line_and_exit_code_2(lake, command, options, complaint):
    result = ualm(lake, command, *options)
    assert result.exit_code == 2
    assert complaint in result.output


def test_no_lake_is_exit_code_2(tmp_path):
    for command in (["prompts"], ["hear"], ["samples", "--stage=sft1"]):
        result = CliRunner().invoke(app, [*command, "--lake", str(tmp_path / "none")])
        assert result.exit_code == 2
        assert "expected a lake" in result.output


@pytest.mark.parametrize("options", [[], ["--dry-run"]])
def test_samples_of_a_lake_without_codes_are_refused_before_anything_is_written(lake, options):
    versions = lake.versions()
    result = ualm(lake, "samples", "--stage=sft1", *options)
    assert result.exit_code == 2
    assert result.output.startswith("error: expected codes in")
    assert "run `ualm corpus encode`" in result.output
    assert lake.versions() == versions
    assert not lake.weights.exists()


def test_a_dry_run_of_hearing_plans_with_a_judge_yet_to_be_trained(tmp_path):
    from pipelines.ingest.step import Ingest
    from pipelines.running.run import run_step
    from pipelines.sources.scenes import Scenes

    lake = Lake.create(tmp_path / "lake")
    run_step(Ingest(source=Scenes(count=3)), lake)
    result = ualm(lake, "hear", "--dry-run")
    assert result.exit_code == 0
    assert "would be trained" in result.output
    assert "hear: 1 shard, 0 done before; to run: 3 rows" in result.output
    assert "time not known yet" in result.output
    assert not lake.weights.exists()


@pytest.mark.slow
def test_samples_of_a_stage_are_tokenised_with_the_lakes_codec(tmp_path):
    from pipelines.encoding.codec_fit import ready_codec
    from pipelines.encoding.encode import Encode
    from pipelines.running.run import run_step
    from tests.pipelines.corpus_lake import caption
    from tests.pipelines.encoding.encode_lake import clip_id
    from training.codecs.mel_rvq import MelRvqSettings

    lake = lake_with_sounds(tmp_path / "lake", clips=2)
    put(lake, "captions", [caption(clip_id(f"a{i}"), "A dog barks") for i in range(2)])
    small = MelRvqSettings(codebooks=2, codebook_size=16, iterations=2)
    run_step(Encode(codec=ready_codec(lake, settings=small).id), lake)
    blend = tmp_path / "blend.toml"
    blend.write_text("[tasks.text-to-audio]\nup_sampling = 3.0\n")
    dry = ualm(lake, "samples", "--stage=gen-pretrain", "--blend", str(blend), "--dry-run")
    assert dry.exit_code == 0
    assert "sequences: one more for each sample that is not there yet" in dry.output
    assert "sequences: 0" not in dry.output
    assert read(lake, "samples") == []
    result = ualm(lake, "samples", "--stage=gen-pretrain", "--blend", str(blend))
    assert result.exit_code == 0
    assert (
        "gen-pretrain, train, text-to-audio: 2 samples, 6 showings an epoch, 100%" in result.output
    )
    assert len(read(lake, "sequences")) == 2
    again = ualm(lake, "samples", "--stage=gen-pretrain", "--blend", str(blend), "--dry-run")
    assert "sequences: 1 shard, 1 done before; to run: 0 rows" in again.output


@pytest.mark.slow
def test_run_prints_each_step_and_a_dry_run_needs_no_lake(tmp_path):
    corpus = tmp_path / "corpus.toml"
    corpus.write_text(
        '[[steps]]\nstep = "ingest"\nsource = "scenes"\ninput = "3"\n'
        '[[steps]]\nstep = "dialogues"\n'
    )
    result = CliRunner().invoke(
        app, ["run", str(corpus), "--lake", str(tmp_path / "lake"), "--dry-run"]
    )
    assert result.exit_code == 0
    assert not (tmp_path / "lake").exists()
    result = CliRunner().invoke(
        app, ["run", str(corpus), "--lake", str(tmp_path / "lake"), "--limit=2"]
    )
    assert result.exit_code == 0
    assert "ingest: 1 shard" in result.output
    assert "dialogues: 1 shard" in result.output
    assert len(read(Lake.open(tmp_path / "lake"), "dialogues")) == 2


@pytest.mark.slow
def test_a_step_that_fails_stops_the_run_with_exit_code_1(tmp_path):
    lake = corpus_lake(tmp_path / "lake")
    (shard,) = lake.shards("rich_captions")
    shard.path.write_bytes(b"damaged")
    corpus = tmp_path / "corpus.toml"
    corpus.write_text('[[steps]]\nstep = "prompts"\n[[steps]]\nstep = "dialogues"\n')
    result = ualm(lake, "run", str(corpus))
    assert result.exit_code == 1
    assert "failed" in result.output
    assert "dialogues" not in result.output
