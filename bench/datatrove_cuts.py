"""The step of a datatrove pipeline that turns rows of paths into cuts."""

from collections.abc import Iterator
from pathlib import Path

from datatrove.data import Document, DocumentsPipeline
from datatrove.pipeline.base import PipelineStep

from bench.ingest_peers import cuts


class Cuts(PipelineStep):
    """Give a document for each cut of a row's file."""

    name = "Cuts"
    type = "audio"

    def run(
        self,
        data: DocumentsPipeline,
        rank: int = 0,  # noqa: ARG002 (the interface)
        world_size: int = 1,  # noqa: ARG002 (the interface)
    ) -> Iterator[Document]:
        """Yield the documents of a task."""
        for row in data:
            for number, audio in enumerate(cuts(Path(row.metadata["path"]))):
                with self.track_time():
                    yield Document(
                        text=row.text, id=f"{row.id}-{number}", metadata={"audio": audio}
                    )
