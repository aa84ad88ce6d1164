"""Sound in and out: decoding, resampling, FLAC, and the quality columns of `clips`."""
