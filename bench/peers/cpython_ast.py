"""Times CPython's own parser: reads the files that a list names, calls `ast.parse` on each a number of times, and prints the best time in
seconds and the number of imports that the trees hold (counted outside the time)."""

import ast
import pathlib
import sys
import time
import warnings

sys.path.append(str(pathlib.Path(__file__).resolve().parents[2] / "Tests/ImportScannersTests/Reference"))
import imports  # noqa: E402


def main(listing, rounds):
    warnings.simplefilter("ignore")
    sources = [pathlib.Path(path).read_bytes() for path in pathlib.Path(listing).read_text().splitlines()]
    best = float("inf")
    for _ in range(int(rounds)):
        start = time.perf_counter()
        for source in sources:
            ast.parse(source)
        best = min(best, time.perf_counter() - start)
    count = 0
    for source in sources:
        finder = imports.Finder(imports.ignored_lines(source))
        finder.visit(ast.parse(source))
        count += len(finder.imports)
    print(best, count)


main(*sys.argv[1:])
