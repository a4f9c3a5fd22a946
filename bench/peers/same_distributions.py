"""Compares the wheels and source archives of two `dist` folders: names, lists of files, and the content of each file but for lists of hashes.

    bench/peers/same_distributions.py dist-of-pants dist-of-baji

Made with Pants 2.17.1 (bench/peers/pants) on one side. Ends with 1 where something differs; a line for each difference.
"""

import difflib
import os
import sys
import tarfile
import zipfile


def content(path):
    """The files of an archive: from names to bytes."""
    if path.endswith(".whl"):
        with zipfile.ZipFile(path) as archive:
            return {name: archive.read(name) for name in archive.namelist() if not name.endswith((".dist-info/RECORD", "/"))}
    with tarfile.open(path) as archive:
        return {member.name: archive.extractfile(member).read() for member in archive.getmembers() if member.isreg()}


def archives(folder):
    found = {}
    for place, _, names in os.walk(folder):
        for name in names:
            if name.endswith((".whl", ".tar.gz")):
                found[os.path.relpath(os.path.join(place, name), folder)] = os.path.join(place, name)
    return found


def shown(first, second):
    try:
        lines = difflib.unified_diff(first.decode().splitlines(), second.decode().splitlines(), lineterm="", n=0)
    except UnicodeDecodeError:
        return ["  (not text)"]
    return ["  " + line for line in lines if not line.startswith(("---", "+++", "@@"))]


def main():
    sides = [archives(folder) for folder in sys.argv[1:3]]
    differences = 0
    for name in sorted(set(sides[0]) | set(sides[1])):
        missing = [folder for folder, side in zip(sys.argv[1:3], sides) if name not in side]
        if missing:
            print("%s: not in %s" % (name, missing[0]))
            differences += 1
            continue
        first, second = (content(side[name]) for side in sides)
        for path in sorted(set(first) | set(second)):
            if path not in first or path not in second:
                print("%s: %s is %s" % (name, path, "missing" if path in first else "more"))
                differences += 1
            elif first[path] != second[path]:
                print("%s: %s" % (name, path))
                print("\n".join(shown(first[path], second[path])))
                differences += 1
    print("%d archives, %d differences" % (len(set(sides[0]) | set(sides[1])), differences))
    sys.exit(1 if differences else 0)


if __name__ == "__main__":
    main()
