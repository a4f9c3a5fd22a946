from words.names import capitalised


def test_each_word_gets_a_capital() -> None:
    assert capitalised("grace brewster hopper") == "Grace Brewster Hopper"


def test_nothing_stays_nothing() -> None:
    assert capitalised("") == ""
