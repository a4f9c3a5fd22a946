"""Greets people in the languages that a resource lists."""

import json
import pkgutil

from words.names import capitalised


def greetings() -> dict[str, str]:
    """The word of greeting by language."""
    data = pkgutil.get_data(__name__, "data/greetings.json")
    if data is None:
        raise FileNotFoundError("data/greetings.json")
    return {str(key): str(value) for key, value in json.loads(data).items()}


def greet(name: str, language: str = "en") -> str:
    """A greeting for somebody; English where the language is not known."""
    known = greetings()
    return f"{known.get(language, known['en'])}, {capitalised(name)}!"
