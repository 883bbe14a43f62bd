"""The parts of scripts/golden.py: text -> tokenizer -> folder -> encoder -> method -> values."""
