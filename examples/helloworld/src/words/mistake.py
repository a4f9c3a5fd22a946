"""A mistake that only a type checker finds: see the BUILD file."""

from words.names import capitalised


def shout(name: str) -> int:
    """Claims to be a number."""
    return capitalised(name) + "!"
