"""Letters around a greeting: the two packages import one another."""

from greeter.greeting import greet


def letter(name: str, text: str, language: str = "en") -> str:
    """A letter to somebody."""
    return f"{greet(name, language)}\n\n{text}\n"
