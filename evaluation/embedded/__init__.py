"""The embedded judge: its network, training, examination, and how far it may be believed."""
