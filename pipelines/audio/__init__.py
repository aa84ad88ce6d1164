"""What becomes of decoded sound: resampling, FLAC, and the quality columns of `clips`."""
