"""A captioner on a server: the sound goes as WAV in base64, each sample is a request."""

import base64
import hashlib
import io
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import soundfile

from pipelines.captioners.captioner import SAMPLE_RATE, Said, Sampling
from pipelines.measuring.sounds import Waveform
from pipelines.remote.client import RemoteModel, taken_seed
from pipelines.remote.failures import RemoteError
from schemas.ids import seed_of


@dataclass(frozen=True)
class RemoteCaptioner:
    """A `Captioner` over a server that takes `input_audio`."""

    model: RemoteModel = field(repr=False)
    sampling: Sampling

    @property
    def name(self) -> str:
        """`openai:MODEL`; what weights the server has under that name, it does not say."""
        return self.model.endpoint.name

    @property
    def prompt_digest(self) -> str:
        """Digest of prompt and sampling."""
        return self.sampling.digest

    @property
    def concurrency(self) -> int:
        """Requests in flight at a time: each clip has one."""
        return self.model.endpoint.concurrency

    def caption(self, waveform: Waveform, samples: int, seed: int) -> list[Said]:
        """Return what the server says; a sample that failed says why.

        A clip that the server refuses to answer is not asked about again.

        Raises:
            ServerLostError: If too many requests failed in a row.
            ValueError: If the address, the key or the model is wrong, or nothing is paid.
        """
        sound = wav_bytes(waveform)
        digest = hashlib.sha256(sound).hexdigest()
        encoded = base64.b64encode(sound).decode("ascii")
        said: list[Said] = []
        for sample in range(samples):
            said.append(self._said(encoded, digest, sample, seed))
            if said[-1].reason == "refused":
                break
        return said

    def _said(self, encoded: str, digest: str, sample: int, seed: int) -> Said:
        drawn = taken_seed(seed_of("caption", sample, seed))
        identity = ["caption", self.sampling.digest, digest, sample, seed]
        try:
            text = self.model.ask(self._request(encoded, drawn), identity)
        except RemoteError as error:
            return Said(sample=sample, reason=error.reason, detail=error.detail)
        return Said(sample=sample, text=text)

    def _request(self, encoded: str, seed: int) -> dict[str, Any]:
        sampling = self.sampling
        content = [
            {"type": "input_audio", "input_audio": {"data": encoded, "format": "wav"}},
            {"type": "text", "text": sampling.prompt},
        ]
        request: dict[str, Any] = {
            "messages": [{"role": "user", "content": content}],
            "max_tokens": sampling.max_tokens,
            "seed": seed,
        }
        if sampling.greedy:
            return request | {"temperature": 0.0}
        drawing: dict[str, Any] = {"temperature": sampling.temperature, "top_p": sampling.top_p}
        if sampling.top_k:
            # No part of OpenAI's protocol; servers of open models take it beside the rest.
            drawing["extra_body"] = {"top_k": sampling.top_k}
        return request | drawing


def wav_bytes(waveform: Waveform) -> bytes:
    """Return a sound as a 16-bit mono WAV at 16 kHz: the same bytes for the same sound.

    Example:
        >>> wav_bytes(np.zeros(8, np.float32))[:4]
        b'RIFF'
    """
    file = io.BytesIO()
    soundfile.write(file, np.clip(waveform, -1, 1), SAMPLE_RATE, format="WAV", subtype="PCM_16")
    return file.getvalue()
