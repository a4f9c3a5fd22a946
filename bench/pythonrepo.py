#!/usr/bin/env python3
"""Generates a synthetic monorepo of Python packages from a seed, which Pants and Baji read alike.

    bench/pythonrepo.py --files 10000 --seed 1 DIRECTORY

DIRECTORY/tree holds the sources, the BUILD files and pants.toml; DIRECTORY/facts.json holds the counts. Packages lie in ten layers
and import modules of their own and of the layer below, never in a circle.
"""

import json
import random

import generator

SOURCES_A_PACKAGE = 8
TESTS_A_PACKAGE = 2
LAYERS = 10

PANTS_TOML = """[GLOBAL]
pants_version = "2.17.1"
backend_packages = [
  "pants.backend.python",
  "pants.backend.python.lint.black",
  "pants.backend.python.lint.flake8",
]

[anonymous-telemetry]
enabled = false

[source]
root_patterns = ["/"]

[python]
interpreter_constraints = ["==3.9.*"]

[python-bootstrap]
search_path = ["<PATH>", "<PYENV>"]

[python-infer]
use_rust_parser = true

[flake8]
args = ["--max-line-length=120"]
"""


def module(chance, name, imports, is_test):
    """A module of one to three KiB that black and flake8 are content with."""
    lines = [f'"""Part of a generated workspace: {name}."""', ""]
    lines += [f"from {path.rsplit('.', 1)[0]} import {path.rsplit('.', 1)[1]}" for path in imports]
    if imports:
        lines.append("")
    below = " + ".join(f"{path.rsplit('.', 1)[1]}.VALUE" for path in imports) or "0"
    lines.append(f"VALUE = {below}")
    for number in range(chance.randint(6, 20)):
        value = chance.randint(0, 999_999)
        lines += ["", "", f"def add_{number}(given):", f'    """Adds {value} to what it is given."""', f"    return given + {value}"]
    if is_test:
        lines += ["", "", "def test_add():", "    assert add_0(1) == add_0(0) + 1"]
    return "\n".join(lines) + "\n"


def generate(directory, files, seed):
    """Writes everything below `directory` (which must not exist) and returns the facts."""
    chance = random.Random(seed)
    tree = directory / "tree"
    count = max(1, files // (SOURCES_A_PACKAGE + TESTS_A_PACKAGE))
    layers = min(LAYERS, count)
    made = [[] for _ in range(layers)]
    edges = 0
    for index in range(count):
        layer = index * layers // count
        folder = f"layer{layer}/team{index // 50}/package{index}"
        dotted = folder.replace("/", ".")
        own = [f"{dotted}.part{number}" for number in range(SOURCES_A_PACKAGE)]
        (tree / folder).mkdir(parents=True)
        for number in range(SOURCES_A_PACKAGE + TESTS_A_PACKAGE):
            is_test = number >= SOURCES_A_PACKAGE
            imports = {own[number - SOURCES_A_PACKAGE], own[-1]} if is_test else set()
            if not is_test and number and chance.random() < 0.5:
                imports.add(own[number - 1])
            if not is_test and layer and made[layer - 1]:
                for _ in range(chance.choice((0, 1, 1, 2))):
                    imports.add(chance.choice(chance.choice(made[layer - 1])))
            # Two modules of one name cannot both be imported by it: the first stays.
            imports = sorted({path.rsplit(".", 1)[1]: path for path in sorted(imports, reverse=True)}.values())
            edges += len(imports)
            name = f"part{number - SOURCES_A_PACKAGE}_test.py" if is_test else f"part{number}.py"
            (tree / folder / name).write_text(module(chance, f"{dotted}.{name}", imports, is_test))
        (tree / folder / "BUILD").write_text('python_sources()\n\npython_tests(\n    name="tests",\n)\n')
        made[layer].append(own)
    (tree / "pants.toml").write_text(PANTS_TOML)
    facts = {
        "seed": seed,
        "modules": count * (SOURCES_A_PACKAGE + TESTS_A_PACKAGE),
        "files": count * (SOURCES_A_PACKAGE + TESTS_A_PACKAGE + 1) + 1,
        "tests": count * TESTS_A_PACKAGE,
        "edges": edges,
    }
    (directory / "facts.json").write_text(json.dumps(facts, indent=2) + "\n")
    return facts


if __name__ == "__main__":
    generator.main(__doc__, generate, "modules")
