"""The compact trainer: vocabulary, codecs, decoder, loader, loop, generation."""
