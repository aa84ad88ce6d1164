"""Which Beam runner runs a step: the embedded default, or any other by name."""

from collections.abc import Sequence

import apache_beam as beam
from apache_beam.options.pipeline_options import PipelineOptions
from apache_beam.runners.portability.fn_api_runner.fn_runner import FnApiRunner

from pipelines.running.runner_names import EMBEDDED, refuse_runner


def pipeline(runner: str = EMBEDDED, beam_args: Sequence[str] = ()) -> beam.Pipeline:
    """Return an empty pipeline on a runner.

    Args:
        runner: `embedded` (FnApiRunner, in memory, in this process), or the name of a Beam
            runner such as FlinkRunner, SparkRunner, DataflowRunner or PrismRunner.
        beam_args: Beam's own options, such as `--flink_master=...`.

    Raises:
        ValueError: If the runner is known to lose rows or to surprise.
    """
    refuse_runner(runner, beam_args)
    if runner == EMBEDDED:
        return beam.Pipeline(runner=FnApiRunner(), options=PipelineOptions(list(beam_args)))
    return beam.Pipeline(options=PipelineOptions([f"--runner={runner}", *beam_args]))
