"""Builds one distribution with its PEP 517 backend, in a copy of the sandbox, and makes what comes out the same to the byte each time.

Arguments: a JSON file that says what to build (plugins/python/wheels.star writes it), and further interpreters for wheels that are made for one.
"""

import ast
import importlib
import json
import os
import shutil
import subprocess
import sys
import sysconfig

from archives import Refused, finish_sdist, finish_wheel, is_for_one_interpreter

# What builds the distribution is to find nothing of ours.
sys.path.pop(0)

# The folder of everything that is no input.
OWN = "__dist__"

# In the place of further interpreters: this one is such a one.
NEXT = "--next"


def main():
    with open(sys.argv[1]) as file:
        spec = json.load(file)
    others = sys.argv[2:]
    is_first = others != [NEXT]
    top = os.getcwd()
    work = os.path.join(top, OWN, "work", "first" if is_first else "next-%d.%d" % sys.version_info[:2])
    raw = os.path.join(top, OWN, "raw")
    out = os.path.join(top, OWN, "out", spec["output"]) if spec["output"] else os.path.join(top, OWN, "out")
    for folder in (raw, out):
        os.makedirs(folder, exist_ok=True)
    prepare(spec, work)
    set_paths(work)
    if spec["generate"]:
        check_entry_points(spec, work)
        write_setup(spec, work)
    os.chdir(os.path.join(work, spec["directory"]))
    backend = load_backend(spec, work)
    try:
        wheel = sdist = None
        if spec["wheel"]:
            wheel = run(backend, "build_wheel", raw, spec["wheel_settings"])
        if spec["sdist"] and is_first:
            sdist = run(backend, "build_sdist", raw, spec["sdist_settings"])
    except BaseException as error:
        # A compiler's own words stand above; what Python was doing then says little more.
        sys.stderr.flush()
        raise Refused("%s could not build it: %s" % (spec["backend"], shown(error)))
    finally:
        os.chdir(top)
    made = []
    if wheel:
        made += finish_wheel(os.path.join(raw, wheel), out, spec)
    if sdist:
        made += finish_sdist(os.path.join(raw, sdist), out, spec)
    for name in made:
        print(name)
    if is_first and wheel and is_for_one_interpreter(wheel):
        sys.stdout.flush()
        for python in others:
            if subprocess.call([python, os.path.abspath(__file__), sys.argv[1], NEXT]):
                # It has said why.
                sys.exit(1)


def prepare(spec, work):
    """Lays the inputs out as they are to be built: below their source roots, or as they lie in the workspace."""
    os.makedirs(work)
    if spec["generate"]:
        for path, place in spec["files"]:
            copy(path, os.path.join(work, place))
        return
    for name in sorted(os.listdir(".")):
        if name != OWN:
            copy(name, os.path.join(work, name))


def copy(source, target):
    os.makedirs(os.path.dirname(target), exist_ok=True)
    if os.path.isdir(source):
        shutil.copytree(source, target)
    else:
        shutil.copy(source, target)
        os.chmod(target, os.stat(target).st_mode | 0o200)


def set_paths(work):
    """Programs come from the backend's environment first; the folder that things are compiled in is kept out of what compilers write."""
    os.environ["PATH"] = os.pathsep.join(filter(None, (os.path.dirname(sys.executable), os.environ.get("PATH"))))
    # Some take what the variable says in the place of what the interpreter was compiled with, and that is to hold.
    own = sysconfig.get_config_var("CFLAGS") or ""
    for name, usual, flag in (
        ("CFLAGS", own, "-ffile-prefix-map=%s=."),
        ("CXXFLAGS", own, "-ffile-prefix-map=%s=."),
        ("RUSTFLAGS", "", "--remap-path-prefix=%s=."),
    ):
        os.environ[name] = (os.environ.get(name, usual) + " " + flag % work).strip()


def write_setup(spec, work):
    packages, namespaces, data = find_packages(spec, work)
    keywords = dict(spec["setup"])
    modules = [place[:-3] for place in spec["python"] if "/" not in place and place.endswith(".py") and place != "setup.py"]
    if modules:
        keywords["py_modules"] = sorted(set(modules).union(keywords.get("py_modules", ())))
    keywords["packages"] = packages
    keywords["namespace_packages"] = namespaces
    keywords["package_data"] = data
    keywords = {name: keywords[name] for name in sorted(keywords)}
    shown = "".join("    %s=%r,\n" % item for item in keywords.items() if item[0].isidentifier())
    others = {name: value for name, value in keywords.items() if not name.isidentifier()}
    if others:
        shown += "    **%r,\n" % others
    with open(os.path.join(work, "setup.py"), "w", encoding="utf-8") as file:
        file.write("# Made for %s: edit its BUILD file instead.\n\nfrom setuptools import setup\n\nsetup(\n%s)\n" % (spec["address"], shown))
    manifest = os.path.join(work, "MANIFEST.in")
    if not os.path.exists(manifest):
        with open(manifest, "w") as file:
            file.write("include *.py")


def find_packages(spec, work):
    """What setup() calls packages, namespace_packages and package_data."""
    sources = spec["python"]
    packages = set()
    for place in sources:
        if place.endswith(".py"):
            packages.add(os.path.dirname(place).replace("/", "."))
    # A file at the top of a source root is a module of its own: setup() has `py_modules` for those.
    packages.discard("")
    data = {}
    for place in [place for _, place in spec["files"] if place not in sources] + [place for place in sources if place.endswith(".pyi")]:
        package = os.path.dirname(place).replace("/", ".")
        while package and package not in packages:
            package = package.rpartition(".")[0]
        if package:
            data.setdefault(package, []).append(os.path.relpath(place, package.replace(".", "/")))
    namespaces = [package for package in packages if is_declared_namespace(os.path.join(work, package.replace(".", "/"), "__init__.py"))]
    return sorted(packages), sorted(namespaces), {package: sorted(data[package]) for package in sorted(data)}


def is_declared_namespace(path):
    """Whether an `__init__.py` calls `declare_namespace(__name__)`, as packages of setuptools' own namespaces do."""
    tree = parsed(path)
    for node in ast.walk(tree) if tree else ():
        if isinstance(node, ast.Call) and len(node.args) == 1 and isinstance(node.args[0], ast.Name) and node.args[0].id == "__name__":
            if getattr(node.func, "attr", getattr(node.func, "id", None)) == "declare_namespace":
                return True
    return False


def parsed(path):
    if not os.path.exists(path):
        return None
    with open(path, "rb") as file:
        try:
            return ast.parse(file.read())
        except (SyntaxError, ValueError):
            return None


def check_entry_points(spec, work):
    """Refuses an entry point whose function is nowhere in its module."""
    for shown, place, function in spec["entry_points"]:
        tree = parsed(os.path.join(work, place))
        if tree is not None and not defines(tree, function.split(".")[0]):
            raise Refused("the entry point `%s` names nothing: %s has no `%s`" % (shown, place, function.split(".")[0]))


def defines(tree, name):
    """Whether a module may have a name: by definition, assignment or import; anything goes where that cannot be seen."""
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)) and node.name in (name, "__getattr__"):
            return True
        if isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Store):
            return True
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            for alias in node.names:
                if alias.name == "*" or (alias.asname or alias.name.split(".")[0]) == name:
                    return True
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("globals", "setattr", "exec"):
            return True
    return False


def load_backend(spec, work):
    """The object that PEP 517 calls the backend."""
    here = os.getcwd()
    folders = [os.path.join(here, folder) for folder in spec["backend_path"]]
    # What builds it may import what it is built from.
    folders += [os.path.join(work, root) for root in spec["roots"]]
    sys.path[:0] = folders
    module, _, attributes = spec["backend"].partition(":")
    try:
        backend = importlib.import_module(module)
    except ImportError as error:
        raise Refused(
            "the build backend `%s` cannot be imported (%s): name what it is in by `requires` under [build-system] of %s"
            % (spec["backend"], error, os.path.join(spec["directory"], "pyproject.toml"))
        )
    for attribute in filter(None, attributes.split(".")):
        backend = getattr(backend, attribute)
    return backend


def shown(error):
    if isinstance(error, SystemExit):
        return str(error.code)
    if isinstance(error, subprocess.CalledProcessError):
        return "%s ended with %s" % (" ".join(map(str, error.cmd)) if isinstance(error.cmd, (list, tuple)) else error.cmd, error.returncode)
    return "%s: %s" % (type(error).__name__, error)


def run(backend, hook, folder, settings):
    """Calls a hook; what it says goes to standard error, which is shown when it fails."""
    sys.stdout.flush()
    saved = os.dup(1)
    os.dup2(2, 1)
    arguments = sys.argv
    try:
        sys.argv = ["setup.py"]
        return os.path.basename(getattr(backend, hook)(folder, settings or None))
    finally:
        sys.argv = arguments
        sys.stdout.flush()
        os.dup2(saved, 1)
        os.close(saved)


if __name__ == "__main__":
    try:
        main()
    except Refused as error:
        sys.exit("error: %s" % error)
