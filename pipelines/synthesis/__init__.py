"""Steps that derive the reasoning data: rich captions, prompts, dialogues, critiques."""
