"""Published scorers, each from its official weights: OpenL3, PaSST, Cnn14, CLAP, Audiobox."""
