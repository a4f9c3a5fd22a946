"""Wheels of what an environment holds, the same to the byte for the same distributions: wheels.py TARGET PREFIX SITE-PACKAGES.

What the installer added (compiled files, console scripts, its own records) is left out, and what it wrote of the environment's place is taken back.
"""

import base64
import configparser
import csv
import email.parser
import hashlib
import io
import os
import sys
import zipfile

INSTALLED = {"INSTALLER", "RECORD", "REQUESTED", "direct_url.json", "uv_build.json", "uv_cache.json"}


def text_of(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def file_name(folder, stem):
    wheel = email.parser.Parser().parsestr(text_of(os.path.join(folder, "WHEEL")))
    tags = [tag.split("-") for tag in wheel.get_all("Tag") or []]
    if not tags or any(len(tag) != 3 for tag in tags):
        sys.exit("%s: its WHEEL names no tags: it was installed from no wheel" % stem)
    build = [wheel["Build"]] if wheel["Build"] else []
    return "-".join([stem] + build + [".".join(dict.fromkeys(tag[part] for tag in tags)) for part in range(3)]) + ".whl"


def made_scripts(folder):
    """Names of the scripts that every installer makes from the entry points."""
    path = os.path.join(folder, "entry_points.txt")
    if not os.path.exists(path):
        return set()
    parser = configparser.RawConfigParser(delimiters=("=",), strict=False)
    parser.optionxform = str
    parser.read_string(text_of(path))
    sections = [section for section in ("console_scripts", "gui_scripts") if parser.has_section(section)]
    return {name for section in sections for name in parser.options(section)}


def without_prefix(content, prefix):
    """A script as its wheel had it: started by whichever interpreter it is installed for."""
    first, _, rest = content.partition(b"\n")
    if first.startswith(b"#!" + prefix.encode()):
        return b"#!python\n" + rest
    if first.startswith(b"#!/bin/sh") and rest.startswith(b"'''exec' ") and prefix.encode() in rest.partition(b"\n")[0]:
        return b"#!python\n" + rest.split(b"\n", 2)[2]
    return content


def members(prefix, site, stem):
    """(name in the wheel, content, mode) of each file."""
    folder = os.path.join(site, stem + ".dist-info")
    scripts = made_scripts(folder)
    with open(os.path.join(folder, "RECORD"), encoding="utf-8", newline="") as file:
        recorded = sorted({row[0] for row in csv.reader(file) if row})
    for name in recorded:
        path = os.path.normpath(os.path.join(site, name))
        if name.endswith(".pyc") or (os.path.dirname(path) == folder and os.path.basename(path) in INSTALLED):
            continue
        with open(path, "rb") as file:
            content = file.read()
        place = os.path.relpath(path, site)
        if place.startswith(".."):
            base, _, rest = os.path.relpath(path, prefix).partition("/")
            if base == "..":
                sys.exit("%s: %s lies outside of the environment" % (stem, name))
            if base == "bin" and rest in scripts:
                continue
            if base == "bin":
                place, content = "scripts/" + rest, without_prefix(content, prefix)
            elif base == "include":
                # include/site/python3.9/NAME/…
                place = "headers/" + rest.split("/", 3)[-1]
            else:
                place = "data/%s/%s" % (base, rest)
            place = "%s.data/%s" % (stem, place)
        yield place, content, 0o755 if os.access(path, os.X_OK) else 0o644


def write_wheel(target, prefix, site, stem):
    info = stem + ".dist-info"
    record = []
    with zipfile.ZipFile(os.path.join(target, file_name(os.path.join(site, info), stem)), "w", zipfile.ZIP_STORED) as archive:

        def add(name, content, mode):
            entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            entry.external_attr = (0o100000 | mode) << 16
            archive.writestr(entry, content)

        for name, content, mode in sorted(members(prefix, site, stem)):
            add(name, content, mode)
            digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
            record.append([name, "sha256=" + digest, len(content)])
        lines = io.StringIO()
        csv.writer(lines, lineterminator="\n").writerows(record + [[info + "/RECORD", "", ""]])
        add(info + "/RECORD", lines.getvalue().encode(), 0o644)


def main():
    target, prefix, site = [os.path.abspath(path) for path in sys.argv[1:]]
    os.makedirs(target, exist_ok=True)
    for name in sorted(os.listdir(site)):
        if name.endswith(".dist-info"):
            write_wheel(target, prefix, site, name[: -len(".dist-info")])


main()
