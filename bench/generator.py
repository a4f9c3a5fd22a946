"""The command line that the generators of monorepos share."""

import argparse
import json
import pathlib


def main(description, generate, unit):
    """Generates below the folder that the command line names, and prints the facts."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, default=10_000, help=f"how many {unit} (default 10000)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("directory", type=pathlib.Path)
    arguments = parser.parse_args()
    print(json.dumps(generate(arguments.directory, arguments.files, arguments.seed)))
