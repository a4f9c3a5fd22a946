#!/usr/bin/env python3
"""Generates a synthetic monorepo of shell scripts from a seed, and the same graph for ninja.

    bench/monorepo.py --files 10000 --seed 1 DIRECTORY

DIRECTORY/tree holds the sources, the BUILD files and baji.toml; DIRECTORY/ninja/build.ninja holds one edge for every action
that Baji has on the tree: shellcheck and shfmt for each file, and each test. DIRECTORY/facts.json holds the counts.
"""

import json
import random

import generator

SOURCES_A_PACKAGE = 8
TESTS_A_PACKAGE = 2
LAYERS = 10


class Package:
    """A folder of one layer: its scripts source scripts of its own, and of packages one layer below."""

    def __init__(self, path, below):
        self.path = path
        self.below = below
        self.sources = [f"{path}/part{i}.sh" for i in range(SOURCES_A_PACKAGE)]
        self.tests = [f"{path}/part{i}_test.sh" for i in range(TESTS_A_PACKAGE)]


def packages(count, chance):
    """`count` packages from the bottom layer up."""
    layers = min(LAYERS, count)
    made = [[] for _ in range(layers)]
    for index in range(count):
        layer = index * layers // count
        below = made[layer - 1] if layer else []
        made[layer].append(Package(f"layer{layer}/team{index // 50}/package{index}", below))
    return [package for layer in made for package in layer]


def sourced(package, chance):
    """What each script of the package sources: path → paths. Never a circle: a script sources lower parts and lower layers."""
    edges = {}
    for index, script in enumerate(package.sources):
        edges[script] = [package.sources[index - 1]] if index and chance.random() < 0.5 else []
        for _ in range(chance.choice((0, 1, 1, 2))):
            if package.below:
                edges[script].append(chance.choice(chance.choice(package.below).sources))
    for index, test in enumerate(package.tests):
        edges[test] = [package.sources[index], package.sources[-1]]
    return {script: sorted(set(paths)) for script, paths in edges.items()}


def text(script, paths, chance):
    """A script of about 1 to 3 KiB which names what it sources in the three ways that real scripts do."""
    up = "../" * (script.count("/"))
    lines = ["#!/usr/bin/env bash", f"# Part of a generated workspace: {script}", "", "set -eu", ""]
    for index, path in enumerate(paths):
        form = (index + len(script)) % 3
        if form == 0:
            lines.append(f'source "$(dirname "$0")/{up}{path}"')
        elif form == 1:
            lines.append(f". {path}")
        else:
            lines += [f"# shellcheck source={path}", f'. "${{ROOT:-.}}/{path}"']
    name = script.replace("/", "_").removesuffix(".sh")
    for number in range(chance.randint(6, 20)):
        value = chance.randint(0, 999_999)
        lines += ["", f"# Adds {value} to what it is given.", f"{name}_{number}() {{"]
        lines += [f"  local sum=$(($1 + {value}))", '  printf "%d\\n" "${sum}"', "}"]
    if script.endswith("_test.sh"):
        lines += ["", "test_sum() {", f'  assertEquals {value + 1} "$({name}_{number} 1)"', "}", "", ". shunit2"]
    return "\n".join(lines) + "\n"


def ninja(edges):
    """One edge for each action. A stamp of shellcheck stands for the closure of its file, as the closure's fingerprint does in Baji:
    that is the fewest nodes and edges that say the same."""
    lines = ["rule check", "  command = touch $out", ""]
    for script in sorted(edges):
        below = " ".join(f"shellcheck/{path}" for path in edges[script])
        lines.append(f"build shfmt/{script}: check ../tree/{script}")
        lines.append(f"build shellcheck/{script}: check ../tree/{script} {below}".rstrip())
        if script.endswith("_test.sh"):
            lines.append(f"build test/{script}: check ../tree/{script} {below}".rstrip())
    return "\n".join(lines) + "\n"


def generate(directory, files, seed):
    """Writes everything below `directory` (which must not exist) and returns the facts."""
    chance = random.Random(seed)
    tree = directory / "tree"
    edges = {}
    built = packages(max(1, files // (SOURCES_A_PACKAGE + TESTS_A_PACKAGE)), chance)
    for package in built:
        (tree / package.path).mkdir(parents=True)
        own = sourced(package, chance)
        for script, paths in own.items():
            (tree / script).write_text(text(script, paths, chance))
        (tree / package.path / "BUILD").write_text('shell_sources()\nshunit2_tests(name="tests")\n')
        edges |= own
    (tree / "baji.toml").write_text(
        '[GLOBAL]\nbackend_packages = ["baji.shell", "baji.shell.shellcheck", "baji.shell.shfmt"]\n'
    )
    (directory / "ninja").mkdir()
    (directory / "ninja/build.ninja").write_text(ninja(edges))
    tests = sum(script.endswith("_test.sh") for script in edges)
    facts = {
        "seed": seed,
        "scripts": len(edges),
        "files": len(edges) + len(built) + 1,
        "tests": tests,
        "actions": 2 * len(edges) + tests,
        "edges": sum(map(len, edges.values())),
        "leaf": f"{built[-1].path}/part{SOURCES_A_PACKAGE - 1}.sh",
        "bottom": built[0].sources[0],
    }
    (directory / "facts.json").write_text(json.dumps(facts, indent=2) + "\n")
    return facts


if __name__ == "__main__":
    generator.main(__doc__, generate, "scripts")
