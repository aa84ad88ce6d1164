import pytest
import typer
from typer.testing import CliRunner

from pipelines.commands.encode import encode
from pipelines.commands.generate import generate
from pipelines.commands.options import BEAM_CONTEXT
from schemas.lake import Lake
from tests.pipelines.encoding.encode_lake import lake_with_sounds
from tests.pipelines.generation.test_contexts import add_prompts, prompt, rich_caption
from tests.pipelines.generation.test_generate import save_checkpoint
from tests.training.codecs.tiny_x_codec import save_tiny_x_codec

app = typer.Typer()
app.command(context_settings=BEAM_CONTEXT)(encode)
app.command(context_settings=BEAM_CONTEXT)(generate)
SMALL = ("--codebooks=2", "--codebook-size=16")


@pytest.fixture
def lake(tmp_path):
    return lake_with_sounds(tmp_path / "lake", clips=3)


def ualm(lake, command, *options):
    return CliRunner().invoke(
        app, [command, "--lake", str(lake.root), *options], catch_exceptions=False
    )


def codecs(lake):
    return {row["codec"] for row in lake.read("codes").to_pylist()}


def test_the_first_run_fits_and_says_what_each_codebook_leaves(lake):
    result = ualm(lake, "encode", *SMALL)
    assert result.exit_code == 0
    assert "fitted on 3 clips (train)" in result.output
    assert result.output.count("%") == 2
    assert "rows in 3 = 3 produced" in result.output
    assert len(codecs(lake)) == 1


def test_a_second_run_does_nothing(lake):
    ualm(lake, "encode", *SMALL)
    result = ualm(lake, "encode")
    assert "fitted" not in result.output
    assert "1 done before" in result.output


def test_a_refit_on_the_same_sound_is_the_same_codec(lake):
    ualm(lake, "encode", *SMALL)
    assert "fitted on" in ualm(lake, "encode", "--refit", *SMALL).output
    assert len(codecs(lake)) == 1


@pytest.mark.parametrize("limit", [(), ("--limit", "2")])
def test_a_dry_run_of_an_unfitted_codec_writes_nothing(lake, limit):
    result = ualm(lake, "encode", "--dry-run", *limit)
    assert "would be fitted" in result.output
    assert f"to run: {2 if limit else 3} rows" in result.output
    assert not lake.weights.exists()
    assert lake.versions().keys() == {"clips", "audio"}


def test_a_dry_run_of_a_frozen_codec_expects_a_time(lake):
    ualm(lake, "encode", "--limit=1", *SMALL)
    result = ualm(lake, "encode", "--dry-run")
    assert "to run: 3 rows" in result.output
    assert " s\n" in result.output


@pytest.mark.slow
def test_an_x_codec_folder_encodes(lake, tmp_path):
    folder = save_tiny_x_codec(tmp_path / "x-codec", seed=0)
    assert ualm(lake, "encode", "--codec", str(folder)).exit_code == 0
    (codec,) = codecs(lake)
    assert codec.startswith("x-codec@")
    assert "1 done before" in ualm(lake, "encode", "--codec", codec).output


def test_a_codec_that_is_not_there_is_the_users_mistake(lake):
    result = ualm(lake, "encode", "--codec", "/no/such/folder")
    assert result.exit_code == 2
    assert "expected a folder or a hub id" in result.output


def test_a_folder_that_is_no_lake_is_the_users_mistake(tmp_path):
    lake = Lake(tmp_path)
    for command in (["encode"], ["generate", "--checkpoint", str(tmp_path)]):
        result = ualm(lake, *command)
        assert result.exit_code == 2
        assert "expected a lake" in result.output


@pytest.fixture
def asked(lake, tmp_path):
    """A lake with prompts, and the options that generate a little from them."""
    ualm(lake, "encode", *SMALL)
    captions = [rich_caption(f"a{i}", ["bell"]) for i in range(3)]
    add_prompts(lake, "a-00000", captions, [prompt(f"a{i}") for i in range(3)])
    save_checkpoint(lake, tmp_path / "checkpoint")
    return (
        f"--checkpoint={tmp_path / 'checkpoint'}",
        "--samples=2",
        "--contexts=2",
        "--seconds=0.2",
        "--split=train",
    )


def test_generate_makes_contexts_and_then_sounds(lake, asked):
    result = ualm(lake, "generate", *asked)
    assert result.exit_code == 0
    assert "contexts: 1 shard" in result.output
    assert "generations 4" in result.output
    assert Lake.open(lake.root).read("generations").num_rows == 4


def test_a_dry_run_of_generate_makes_nothing(lake, asked):
    result = ualm(lake, "generate", "--dry-run", *asked)
    assert "generate: needs those contexts to plan" in result.output
    assert "contexts" not in lake.versions()
    ualm(lake, "generate", "--limit=1", *asked)
    before = lake.versions()
    result = ualm(lake, "generate", "--dry-run", *asked)
    assert "generate: 1 shard, 0 done before; to run: 2 rows" in result.output
    assert lake.versions() == before


def test_a_split_without_contexts_is_the_users_mistake(lake, asked):
    result = ualm(lake, "generate", *asked, "--split=validation")
    assert result.exit_code == 2
    assert "expected contexts of the split" in result.output
