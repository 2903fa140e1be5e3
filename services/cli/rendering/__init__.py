"""Answers as people read them. Each answer is rendered by the module named after it."""
