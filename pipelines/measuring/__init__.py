"""What judges and published scorers say of the sounds and captions of a lake."""
