"""Lays sources out below their roots, makes sure of the entry point, and calls pex: build.py PLAN [--wheels=FOLDER…] -- PEX…

PLAN is a JSON file: `roots` (source roots), `left_out` (files that are no part of the program), `entry` (`kind`, `value`), `target` (for errors).
"""

import json
import os
import sys
import zipfile

OWN = "__pex__"


def files_below(folder):
    for place, folders, names in os.walk(folder):
        folders.sort()
        if place == folder:
            folders[:] = [name for name in folders if name != OWN]
        for name in sorted(names):
            yield os.path.relpath(os.path.join(place, name), folder)


def lay_out(plan, target):
    """Each source below its root, as it is imported."""
    roots = sorted(plan["roots"], key=len, reverse=True)
    left_out = set(plan["left_out"])
    owners = {}
    os.makedirs(target)
    for path in files_below("."):
        if path in left_out:
            continue
        root = next((root for root in roots if not root or path.startswith(root + "/")), "")
        below = path[len(root) + 1 :] if root else path
        if below in owners:
            if open(path, "rb").read() == open(owners[below], "rb").read():
                continue
            sys.exit("%s: %s and %s both want to be %s in it" % (plan["target"], owners[below], path, below))
        owners[below] = path
        place = os.path.join(target, below)
        os.makedirs(os.path.dirname(place), exist_ok=True)
        os.link(path, place)


def is_there(module, sources, wheels):
    """Whether a module can be imported from the program."""
    below = module.replace(".", "/")
    if any(os.path.exists(os.path.join(sources, below + end)) for end in (".py", "", ".so")):
        return True
    for folder in wheels:
        for name in sorted(os.listdir(folder)):
            with zipfile.ZipFile(os.path.join(folder, name)) as archive:
                for member in archive.namelist():
                    parts = member.split("/", 2)
                    if parts[0].endswith(".data") and len(parts) == 3 and parts[1] in ("purelib", "platlib"):
                        member = parts[2]
                    if member == below + ".py" or member.startswith((below + "/", below + ".cpython-", below + ".abi3.", below + ".so")):
                        return True
    return False


def main():
    stop = sys.argv.index("--")
    with open(sys.argv[1], encoding="utf-8") as file:
        plan = json.load(file)
    wheels = [argument[len("--wheels=") :] for argument in sys.argv[2:stop]]
    sources = OWN + "/sources"
    lay_out(plan, sources)
    entry = plan["entry"]
    if entry["kind"] in ("module", "function"):
        module = entry["value"].partition(":")[0]
        if not is_there(module, sources, wheels):
            sys.exit(
                "%s: `entry_point` %s leads to nothing: neither its sources nor its requirements hold the module `%s`"
                % (plan["target"], entry["value"], module)
            )
    command = sys.argv[stop + 1 :]
    os.execv(command[0], command)


main()
