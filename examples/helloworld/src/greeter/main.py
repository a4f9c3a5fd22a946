"""Prints a greeting in every language, as a table."""

import sys

from tabulate import tabulate

from greeter.greeting import greet, greetings


def main() -> None:
    name = sys.argv[1] if len(sys.argv) > 1 else "world"
    rows = [(language, greet(name, language)) for language in sorted(greetings())]
    print(tabulate(rows, headers=["language", "greeting"]))


if __name__ == "__main__":
    main()
