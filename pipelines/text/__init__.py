"""Text models: what writes rich captions, prompts, dialogues and critiques."""
