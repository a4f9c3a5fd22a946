"""How names are written."""


def capitalised(name: str) -> str:
    """The name with a capital at the start of each of its words."""
    return " ".join(word[:1].upper() + word[1:] for word in name.split(" "))
