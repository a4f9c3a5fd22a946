from words.letters import letter


def test_a_letter_begins_with_the_greeting() -> None:
    assert letter("ada", "How do you do?", "de") == "Hallo, Ada!\n\nHow do you do?\n"
