"""The steps that a corpus file may list."""

from pipelines.corpus.entries.choices import (
    DecontaminateEntry,
    DedupEntry,
    PolicyEntry,
    SamplesEntry,
)
from pipelines.corpus.entries.entry import StepEntry
from pipelines.corpus.entries.sounds import EncodeEntry, HearEntry, IngestEntry, MeasureEntry
from pipelines.corpus.entries.texts import (
    CaptionChecksEntry,
    CaptionsEntry,
    CritiquesEntry,
    DialoguesEntry,
    PromptsEntry,
    RichCaptionsEntry,
)

STEPS: dict[str, type[StepEntry]] = {
    "ingest": IngestEntry,
    "captions": CaptionsEntry,
    "caption-checks": CaptionChecksEntry,
    "encode": EncodeEntry,
    "rich-captions": RichCaptionsEntry,
    "prompts": PromptsEntry,
    "dialogues": DialoguesEntry,
    "hear": HearEntry,
    "critiques": CritiquesEntry,
    "measure": MeasureEntry,
    "dedup": DedupEntry,
    "decontaminate": DecontaminateEntry,
    "policy": PolicyEntry,
    "samples": SamplesEntry,
}
