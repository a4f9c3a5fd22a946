import pytest

from greeter.greeting import greet, greetings


@pytest.mark.parametrize("language", sorted(greetings()))
def test_greets_by_name(language: str) -> None:
    assert greet("ada", language).endswith("Ada!")


def test_english_where_the_language_is_not_known() -> None:
    assert greet("ada", "tlh") == "Hello, Ada!"
