"""What the samples of a stage are made of."""
