"""Every table of the lake: its rows, its documentation, and the layer that stores it."""
