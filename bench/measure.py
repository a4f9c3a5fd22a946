"""What the row scripts share: paired runs, a count of started processes from outside, and the table."""

import argparse
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import typing

import monorepo

BENCH = pathlib.Path(__file__).resolve().parent


class Run(typing.NamedTuple):
    """What one run took: seconds, processor seconds (user and system), peak RSS in KiB; and what it printed."""

    seconds: float
    processor: float
    peak: int
    text: str
    start: int  # nanoseconds of the monotonic clock


class Row:
    """One row of measurements: the arguments, the programs, and the lines of its table."""

    def __init__(self, description, runs=15, more=lambda parser: None):
        parser = argparse.ArgumentParser(description=description)
        parser.add_argument("--baji", default=str(BENCH.parent / ".build/baji-release/baji"), help="the binary to measure")
        parser.add_argument("--files", type=int, nargs="+", default=[10_000], help="sizes of the monorepos, in scripts")
        parser.add_argument("--runs", type=int, default=runs, help="pairs of runs (default %(default)s)")
        parser.add_argument("--directory", default=f"{tempfile.gettempdir()}/baji-bench", help="where the monorepos are kept")
        parser.add_argument("--json", metavar="FILE", help="write the results there as well")
        more(parser)
        self.arguments = parser.parse_args()
        self.baji = os.path.abspath(self.arguments.baji)
        if not os.access(self.baji, os.X_OK):
            sys.exit(f"no binary at {self.baji}: run scripts/release, or give --baji")
        self.programs = pathlib.Path(subprocess.check_output([BENCH / "build"], text=True).strip())
        self.directory = pathlib.Path(self.arguments.directory)
        self.directory.mkdir(parents=True, exist_ok=True)
        self.results = []

    def program(self, name, package):
        """The path of a peer."""
        path = shutil.which(name)
        if not path:
            sys.exit(f"no `{name}` on PATH: apt-get install {package}")
        return path

    def workspace(self, files, seed=1, maker=monorepo, name="shell"):
        """The folder of a monorepo of that size, made when it is not there yet, and its facts."""
        directory = self.directory / f"{name}-{files}-{seed}"
        if not (directory / "facts.json").exists():
            shutil.rmtree(directory, ignore_errors=True)
            maker.generate(directory, files, seed)
        return directory, json.loads((directory / "facts.json").read_text())

    def environment(self, home):
        """An environment of which the results depend as little as possible. Stand-ins come first on PATH."""
        return {
            "PATH": f"{self.programs}/standins:/usr/bin:/bin",
            "HOME": str(home),
            "XDG_CACHE_HOME": f"{home}/.cache",
            "LANG": "C.UTF-8",
            "NO_COLOR": "1",
        }

    def run(self, command, cwd, env):
        """Runs a command. Anything but exit code 0 ends the benchmark: no time of it counts."""
        with tempfile.TemporaryDirectory() as folder:
            result, output = f"{folder}/result", f"{folder}/output"
            subprocess.run([self.programs / "timed", result, output, *command], cwd=cwd, env=env, check=True)
            nanoseconds, peak, status, start, processor = map(int, pathlib.Path(result).read_text().split())
            text = pathlib.Path(output).read_text(errors="replace")
        if status != 0:
            sys.exit(f"{' '.join(map(str, command))} ended with wait status {status}:\n{text[-4000:]}")
        return Run(nanoseconds / 1e9, processor / 1e9, peak, text, start)

    def floor(self, tree, facts, env):
        """The least a program could do: a two-thread walk + lstat. It must have seen every file."""
        run = self.run([str(self.programs / "floor"), "stat", str(tree)], tree, env)
        if int(run.text.split()[0]) != facts["files"]:
            sys.exit(f"the floor saw {run.text.strip()}, the tree has {facts['files']} files")
        return run

    def expect_executions(self, command, cwd, env, expected):
        """Counts from outside which programs the command starts, itself included; another count than expected ends the benchmark."""
        with tempfile.NamedTemporaryFile("r", errors="replace") as log:
            strace = ["strace", "-f", "-qq", "-e", "trace=execve,execveat", "-e", "signal=none", "-o", log.name]
            done = subprocess.run([*strace, *command], cwd=cwd, env=env, stdin=subprocess.DEVNULL, capture_output=True, check=False)
            started = [line for line in log.read().splitlines() if line.endswith("= 0")]
        if done.returncode != 0 or len(started) != expected:
            shown = "\n".join(started[:20])
            sys.exit(f"{' '.join(map(str, command))}: exit code {done.returncode}, {len(started)} executions, expected {expected}:\n{shown}")

    def pairs(self, ours, other):
        """Runs `ours` and `other` in turn. Each is a function that returns a `Run`. Returns the runs of each side."""
        ours(), other()
        measured = [(ours(), other()) for _ in range(self.arguments.runs)]
        return [a for a, _ in measured], [b for _, b in measured]

    def add(self, name, ours, other, budget, slack=0.0, **more):
        """One line from the medians of two lists of runs. It is within its budget when `ours` ≤ `budget` × `other` + `slack` seconds."""
        mine, theirs = (statistics.median(run.seconds for run in runs) for runs in (ours, other))
        processor = [statistics.median(run.processor for run in runs) for runs in (ours, other)]
        peak = statistics.median(run.peak for run in ours)
        self.results.append(
            {"name": name, "ours": mine, "other": theirs, "ratio": mine / theirs, "budget": budget, "slack": slack}
            | {"within": mine <= budget * theirs + slack, "processor_ours": processor[0], "processor_other": processor[1]}
            | {"peak_kib": peak}
            | more
        )

    def finish(self):
        """Prints the table, and the same as JSON."""
        print(f"{'name':<58} {'ours':>10} {'other':>10} {'ratio':>7}  {'processor':>21}  budget")
        for line in self.results:
            slack = f" + {line['slack'] * 1e3:g} ms" if line["slack"] else ""
            verdict = "" if line["within"] else "  OVER"
            print(
                f"{line['name']:<58} {line['ours'] * 1e3:>7.2f} ms {line['other'] * 1e3:>7.2f} ms {line['ratio']:>7.2f}"
                f"  {line['processor_ours'] * 1e3:>7.1f} {line['processor_other'] * 1e3:>7.1f} ms  {line['budget']:g}{slack}{verdict}"
            )
        report = {"load": os.getloadavg()[0], "cpus": os.cpu_count(), "runs": self.arguments.runs, "results": self.results}
        print(json.dumps(report))
        if self.arguments.json:
            pathlib.Path(self.arguments.json).write_text(json.dumps(report, indent=2) + "\n")


def seeded(row, directory, facts, env):
    """Runs the goals until the store knows every result, and makes sure that a further run looks them all up and starts nothing: the command."""
    command = [row.baji, "test", "lint", "::"]
    tree = directory / "tree"
    print(f"first run: {row.run(command, tree, env).seconds:.2f} s", file=sys.stderr)
    text = row.run(command, tree, env).text
    if "cached" not in text or str(facts["tests"]) not in text:
        sys.exit(f"the second run does not say that {facts['tests']} tests were taken from the cache:\n{text[-4000:]}")
    row.expect_executions(command, tree, env, 1)
    return command


def edited(row, files, which, budget):
    """One file is edited before each run: until its first stale action is started, against a run with nothing to do, answered from memory as row 2's."""
    directory, facts = row.workspace(files)
    env = row.environment(directory)
    tree = directory / "tree"
    command = seeded(row, directory, facts, env)
    path = tree / facts[which]
    original = path.read_text()

    def edit():
        # Never a text that an earlier benchmark had: its results would still be kept.
        path.write_text(f"{original}# edited {time.time_ns()}\n")
        return first_start(row, command, tree, env)

    def nothing():
        # The first run after an edit's looks everything up, and is remembered.
        row.run(command, tree, env)
        return row.run(command, tree, env)

    try:
        ours, other = row.pairs(edit, nothing)
    finally:
        path.write_text(original)
    row.add(f"{which} edited, {files} files: first start / no-op", ours, other, budget)


def first_start(row, command, cwd, env):
    """Runs a command that has stale actions: its `seconds` are those until the first of them was started, as the stand-ins saw it."""
    log = row.programs / "started"
    log.write_text("")
    try:
        run = row.run(command, cwd, env)
        starts = [int(line) for line in log.read_text().split()]
    finally:
        log.unlink()
    if not starts:
        sys.exit(f"{' '.join(map(str, command))} started nothing: what was measured is not what it says")
    return run._replace(seconds=(min(starts) - run.start) / 1e9)
