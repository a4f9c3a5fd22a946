"""Pants' native parser of Python imports, alone: the function inside its extension module, without the engine around it.

Pants 2.17.1 reaches `dep_inference::python::get_dependencies` through its scheduler only. Its extension module is not stripped, and so
the function is called where `nm` says it lies, with the calling convention that its compiler used on x86-64:

    fn get_dependencies(contents: &str, filepath: PathBuf) -> Result<ParsedPythonDependencies, String>

Run by CPython 3.9 of the virtual environment that `bench/peers/pants` makes. The names, lines and weak marks it answers are read
back too: what is timed is a call whose answer was seen to be right.
"""

import ctypes
import importlib.util
import pathlib
import subprocess
import sys
import time

FUNCTION = "dep_inference6python16get_dependencies17h"
DROP = "drop_in_place$LT$dep_inference..python..ParsedPythonDependencies$GT$"


class Parser:
    """The function, found in the extension module of the running interpreter's Pants."""

    def __init__(self):
        path = importlib.util.find_spec("pants.engine.internals.native_engine").origin
        module = ctypes.PyDLL(path)
        places = {}
        for line in subprocess.check_output(["nm", path], text=True).splitlines():
            place, _, name = line.rpartition(" ")
            if FUNCTION in name or DROP in name or name == "PyInit_native_engine":
                places[name] = int(place.split()[0], 16)
        base = ctypes.cast(module.PyInit_native_engine, ctypes.c_void_p).value - places["PyInit_native_engine"]
        parse = next(base + place for name, place in places.items() if FUNCTION in name)
        drop = next(base + place for name, place in places.items() if DROP in name)
        pointer, size = ctypes.c_void_p, ctypes.c_size_t
        self.parse = ctypes.PYFUNCTYPE(None, pointer, ctypes.c_char_p, size, pointer)(parse)
        self.drop = ctypes.PYFUNCTYPE(None, pointer)(drop)
        self.malloc = ctypes.PyDLL(None).malloc
        self.malloc.restype, self.malloc.argtypes = pointer, [size]

    def __call__(self, source, path=b"a/b.py"):
        """Parses UTF-8 bytes: the answer, to be passed to `read` and `release`."""
        text = self.malloc(len(path))
        ctypes.memmove(text, path, len(path))
        owned = (ctypes.c_size_t * 3)(len(path), text, len(path))
        answer = (ctypes.c_size_t * 8)()
        self.parse(ctypes.addressof(answer), source, len(source), ctypes.addressof(owned))
        return answer

    def release(self, answer):
        self.drop(ctypes.addressof(answer))

    def read(self, answer):
        """({name: (line, is weak)}, {string: line}), as Pants keys them: by name."""
        imports = {name: (values[0], values[1] & 0xFF != 0) for name, values in table(answer[0:4], 5)}
        return imports, {name: values[0] for name, values in table(answer[4:8], 4)}


def table(words, width):
    """The entries of a hash table of Rust's standard library, whose keys are strings: they lie before the control bytes, backwards."""
    mask, _, items, control = words
    if items == 0:
        return
    flags = ctypes.string_at(control, mask + 1)
    for index, flag in enumerate(flags):
        if flag < 0x80:
            entry = (ctypes.c_size_t * width).from_address(control - (index + 1) * width * 8)
            # Capacity, pointer and length of the key, in the order the compiler chose.
            yield ctypes.string_at(entry[1], entry[2]).decode(), list(entry[3:])


def main(listing, rounds):
    """Prints the best time in seconds for all files that a list names, and the number of different names in each file."""
    parser = Parser()
    sources = [pathlib.Path(path).read_bytes() for path in pathlib.Path(listing).read_text().splitlines()]
    best = float("inf")
    for _ in range(int(rounds)):
        start = time.perf_counter()
        for source in sources:
            parser.release(parser(source))
        best = min(best, time.perf_counter() - start)
    names = 0
    for source in sources:
        answer = parser(source, b"very/deep/" * 20 + b"file.py")
        names += len(parser.read(answer)[0])
        parser.release(answer)
    print(best, names)


if __name__ == "__main__":
    main(*sys.argv[1:])
