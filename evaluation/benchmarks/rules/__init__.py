"""Rules that score answers: the references' own, and stricter or kinder ones beside them."""
