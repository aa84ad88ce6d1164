"""From readings of sounds to rows of `metrics`: figures, controls, warnings, comparability."""
