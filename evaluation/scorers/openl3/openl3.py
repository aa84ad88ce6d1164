"""OpenL3 (Cramer et al., 2019) on mel256, equal to openl3 0.4.2, without TensorFlow."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import chain, islice
from typing import Literal, get_args

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from evaluation.embedded.one_thread import one_thread
from evaluation.scorers.openl3.checkpoint import read_checkpoint
from evaluation.scorers.openl3.cpu_network import CpuNetwork
from evaluation.scorers.openl3.levels import hann_window, levels, mel_filters, spectra
from evaluation.scorers.openl3.network import Network
from evaluation.scorers.openl3.windows import hop_length, window_count, windows
from evaluation.scorers.preparation import Prepared, Samples
from evaluation.scorers.scorer import Features
from evaluation.weights.store import WeightsFile

ContentType = Literal["music", "env"]

_GPU_BATCH = 64
"""Windows at a time; the largest map of one takes 13 MB."""


@dataclass(frozen=True, kw_only=True, eq=False)
class OpenL3:
    """Embeddings of a clip's windows of a second.

    It takes clips at any whole rate, as they are: its own resampling to 48 kHz is a part of it.
    """

    content_type: ContentType
    """What its weights were trained on: videos of music, or of the environment."""
    embedding_size: int
    """Dimensions of a channel's embedding: 512 or 6144."""
    hop_s: float
    """Seconds from window to window."""
    weights_digest: str
    """SHA-256 of the weights' file."""
    network: Callable[[Tensor], Tensor] = field(repr=False)
    filters: Tensor = field(repr=False)
    window: NDArray[np.float32] = field(repr=False)

    @classmethod
    def load(
        cls,
        file: WeightsFile,
        *,
        content_type: ContentType,
        embedding_size: int,
        hop_s: float = 0.5,
    ) -> "OpenL3":
        """Load the official weights, to the GPU if there is one.

        Args:
            file: An `.h5` or `.h5.gz` as published, for either embedding size.
            content_type: Which weights these are. The file does not say it.
            embedding_size: 512 or 6144.
            hop_s: Seconds from window to window.

        Raises:
            ValueError: If the file does not hold these weights, or there is no such setting.
        """
        if content_type not in get_args(ContentType):
            msg = f"expected a content type of {get_args(ContentType)}, got {content_type!r}"
            raise ValueError(msg)
        hop_length(hop_s)
        checkpoint = read_checkpoint(file.path)
        filters = torch.from_numpy(mel_filters())
        network: Callable[[Tensor], Tensor]
        if torch.cuda.is_available():
            network, filters = Network(checkpoint, embedding_size, "cuda"), filters.cuda()
        else:
            network = CpuNetwork(checkpoint, embedding_size)
        return cls(
            content_type=content_type,
            embedding_size=embedding_size,
            hop_s=hop_s,
            weights_digest=file.digest,
            network=network,
            filters=filters,
            window=hann_window(),
        )

    @property
    def scorer(self) -> str:
        """Such as `openl3-mel256-env-512@0123456789ab`."""
        size = self.embedding_size
        return f"openl3-mel256-{self.content_type}-{size}@{self.weights_digest[:12]}"

    def read(self, clips: Sequence[Prepared]) -> list[Features]:
        """Return the `embedding` of each clip.

        Of a long clip, only some seconds are in memory at 48 kHz. Channels that are equal are
        heard once. On a CPU windows are spread over torch's threads; on a GPU windows of several
        clips share batches.

        Args:
            clips: Clips of one or two channels, at any whole rate.

        Returns:
            For each clip an array of shape (windows, dimensions): 512 or 6144 dimensions of the
            only channel, or of the left and then of the right one.

        Raises:
            ValueError: If a clip is empty, has more channels, or NaN or infinite samples.
        """
        hop = hop_length(self.hop_s)
        for clip in clips:
            _refuse(clip)
        heard = [(clip.sample_rate, channel) for clip in clips for channel in _distinct(clip)]
        embedded = self._embedded(
            chain.from_iterable(windows(channel, rate, hop) for rate, channel in heard),
            sum(window_count(len(channel), rate, hop) for rate, channel in heard),
        )
        found: list[Features] = []
        for clip in clips:
            count = window_count(clip.samples.shape[1], clip.sample_rate, hop)
            parts, embedded = np.split(embedded, [count * len(_distinct(clip))])
            channels = np.split(parts, len(_distinct(clip)))
            together = channels * (len(clip.samples) // len(channels))
            found.append({"embedding": np.concatenate(together, axis=1)})
        return found

    def _embedded(self, heard: Iterable[Samples], count: int) -> NDArray[np.float32]:
        """Return the embeddings of windows, shape (windows, dimensions)."""
        found = np.empty((count, self.embedding_size), np.float32)
        done = 0
        parts = self._on_gpu(heard) if self.filters.is_cuda else self._on_cpu(heard)
        for part in parts:
            found[done : done + len(part)] = part
            done += len(part)
        return found

    def _on_gpu(self, heard: Iterable[Samples]) -> Iterator[NDArray[np.float32]]:
        """Yield the embeddings of a batch of windows at a time."""
        windows_left = iter(heard)
        while batch := list(islice(windows_left, _GPU_BATCH)):
            # TensorFloat-32, which cuDNN takes if it may, has 10 bits.
            with torch.backends.cudnn.flags(enabled=True, allow_tf32=False):
                found = self._embed(np.stack(batch))
            yield found

    def _on_cpu(self, heard: Iterable[Samples]) -> Iterator[NDArray[np.float32]]:
        """Yield the embedding of a window at a time, each made by one thread from end to end.

        A window's maps stay in the cache of one core, and no core waits for another.
        """
        threads = torch.get_num_threads()
        waiting: deque[Future[NDArray[np.float32]]] = deque()
        with one_thread(), ThreadPoolExecutor(threads) as pool:
            for window in heard:
                waiting.append(pool.submit(self._embed, window[None]))
                if len(waiting) > 2 * threads:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()

    @torch.inference_mode()
    def _embed(self, samples_NS: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return embeddings, shape (windows, dimensions)."""
        spectra_NTF = torch.from_numpy(spectra(samples_NS, self.window)).to(self.filters.device)
        found: NDArray[np.float32] = self.network(levels(spectra_NTF, self.filters)).cpu().numpy()
        return found


def _distinct(clip: Prepared) -> Samples:
    """Return the channels that have to be heard: one of two that are equal."""
    equal = bool((clip.samples == clip.samples[0]).all())
    return clip.samples[:1] if equal else clip.samples


def _refuse(clip: Prepared) -> None:
    """Raise if a clip cannot be heard."""
    if clip.samples.ndim != 2 or len(clip.samples) not in {1, 2} or not clip.samples.size:
        msg = f"expected samples of shape (1 or 2 channels, samples), got {clip.samples.shape}"
        raise ValueError(msg)
    if not np.isfinite(clip.samples.sum(dtype=np.float64)):
        msg = "expected finite samples, got NaN or infinity"
        raise ValueError(msg)
