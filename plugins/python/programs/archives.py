"""Wheels and source archives: checked, tagged, and written anew in one order, with one time and plain modes."""

import base64
import gzip
import hashlib
import io
import os
import re
import stat
import tarfile
import time
import zipfile


class Refused(Exception):
    """What is wrong with a distribution, for people."""


# The time of everything in archives: the first that zip files know.
EPOCH = 315532800

WHEEL_NAME = re.compile(r"^(?P<name>[^-]+)-(?P<version>[^-]+)(-(?P<build>\d[^-]*))?-(?P<tags>[^-]+-[^-]+-[^-]+)\.whl$")


def epoch():
    return max(int(os.environ.get("SOURCE_DATE_EPOCH") or EPOCH), EPOCH)


def finish_wheel(path, out, spec):
    """Writes a built wheel into `out`, once for each declared platform. Returns the names of the files."""
    found = WHEEL_NAME.match(os.path.basename(path))
    if not found:
        raise Refused("the backend made `%s`, which is no wheel's name" % os.path.basename(path))
    with zipfile.ZipFile(path) as archive:
        entries = {entry.filename: (archive.read(entry), entry.external_attr >> 16) for entry in archive.infolist() if not entry.is_dir()}
    information = [name.rpartition("/")[0] for name in entries if re.match(r"^[^/]+\.dist-info/WHEEL$", name)]
    if len(information) != 1:
        raise Refused("the backend made a wheel with %d files `*.dist-info/WHEEL`" % len(information))
    info = information[0]
    check_metadata(entries[info + "/METADATA"][0] if info + "/METADATA" in entries else b"", spec)
    tags = expanded(found.group("tags"))
    inside = set()
    for line in lines(entries[info + "/WHEEL"][0]):
        if line.startswith("Tag:"):
            inside |= expanded(line[4:].strip())
    if inside != tags:
        raise Refused("the backend made `%s`, and its `Tag:` says %s" % (os.path.basename(path), ", ".join(sorted(inside))))
    if not spec["platforms"]:
        if spec["is_pure"] and any(not tag.endswith("-none-any") for tag in tags):
            raise Refused(
                "the wheel is %s: it is made for one interpreter or platform, which nothing announced; say `native = True` and one is made for each interpreter of `interpreter_constraints`"
                % os.path.basename(path)
            )
        return [write_wheel(entries, info, found, None, (), out)]
    return [write_wheel(entries, info, found, platform["tag"], platform["without"], out) for platform in spec["platforms"]]


def is_for_one_interpreter(name):
    """Whether other interpreters need wheels of their own."""
    found = WHEEL_NAME.match(name)
    return found is not None and any(re.match(r"^[a-z]+\d{2,}-(?!none|abi3)", tag) for tag in expanded(found.group("tags")))


def expanded(text):
    """`py2.py3-none-any` as the set of its tags."""
    pythons, abis, platforms = text.split("-")
    return {"-".join((python, abi, platform)) for python in pythons.split(".") for abi in abis.split(".") for platform in platforms.split(".")}


def lines(content):
    return content.decode("utf-8").splitlines()


def write_wheel(entries, info, name, platform, without, out):
    """Writes a wheel; `platform` replaces the platform of its tags, and `without` lists what belongs to other platforms."""
    tags = name.group("tags")
    entries = {path: entry for path, entry in entries.items() if path not in without}
    if platform:
        python, abi, _ = tags.split("-")
        tags = "-".join((python, abi, platform))
        kept = [line for line in lines(entries[info + "/WHEEL"][0]) if line.strip() and not line.startswith(("Tag:", "Root-Is-Purelib:"))]
        text = kept + ["Root-Is-Purelib: true"] + ["Tag: " + tag for tag in sorted(expanded(tags))]
        entries[info + "/WHEEL"] = ("".join(line + "\n" for line in text).encode(), 0o644)
    file = "-".join(filter(None, (name.group("name"), name.group("version"), name.group("build"), tags))) + ".whl"
    record = info + "/RECORD"
    paths = sorted((path for path in entries if path != record), key=lambda path: (path.startswith(info + "/"), path))
    listed = io.StringIO()
    for path in paths:
        # Signatures of the list itself are in no list.
        if path in (info + "/RECORD.jws", info + "/RECORD.p7s"):
            continue
        digest = base64.urlsafe_b64encode(hashlib.sha256(entries[path][0]).digest()).rstrip(b"=").decode()
        shown = '"%s"' % path.replace('"', '""') if "," in path or '"' in path else path
        listed.write("%s,sha256=%s,%d\n" % (shown, digest, len(entries[path][0])))
    listed.write("%s,,\n" % record)
    entries[record] = (listed.getvalue().encode(), 0o644)
    moment = time.gmtime(epoch())[:6]
    with zipfile.ZipFile(os.path.join(out, file), "w", zipfile.ZIP_DEFLATED) as archive:
        for path in paths + [record]:
            content, mode = entries[path]
            entry = zipfile.ZipInfo(path, moment)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 3
            entry.external_attr = (stat.S_IFREG | plain(mode)) << 16
            archive.writestr(entry, content)
    return file


def plain(mode):
    """A file's mode: executable for all or for none."""
    return 0o755 if mode & 0o111 else 0o644


def finish_sdist(path, out, spec):
    """Writes a built source archive into `out`. Returns the names of the files."""
    name = os.path.basename(path)
    if not name.endswith(".tar.gz"):
        raise Refused("the backend made `%s`: a source archive is a .tar.gz" % name)
    with tarfile.open(path) as archive:
        members = sorted(archive.getmembers(), key=lambda member: member.name)
        packed = io.BytesIO()
        with tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as made:
            for member in members:
                if member.name.count("/") == 1 and member.name.endswith("/PKG-INFO"):
                    check_metadata(archive.extractfile(member).read(), spec)
                member.uid = member.gid = 0
                member.uname = member.gname = ""
                member.mtime = epoch()
                member.mode = 0o755 if member.isdir() else plain(member.mode)
                member.pax_headers = {}
                made.addfile(member, archive.extractfile(member) if member.isreg() else None)
    with open(os.path.join(out, name), "wb") as file:
        with gzip.GzipFile(filename="", mode="wb", fileobj=file, mtime=epoch()) as compressed:
            compressed.write(packed.getvalue())
    return [name]


CONTENT_TYPES = ("text/plain", "text/x-rst", "text/markdown")


def check_metadata(content, spec):
    """Refuses what an index would refuse."""
    fields = {}
    for line in lines(content):
        if not line.strip():
            break
        if not line.startswith((" ", "\t")) and ":" in line:
            key, _, value = line.partition(":")
            fields.setdefault(key.lower(), []).append(value.strip())
    problems = []
    for key in ("name", "version"):
        if not fields.get(key):
            problems.append("its metadata has no %s" % key.capitalize())
    version = (fields.get("version") or [""])[0]
    if version and not re.match(r"^(\d+!)?\d+(\.\d+)*((a|b|rc)\d+)?(\.post\d+)?(\.dev\d+)?(\+[a-z0-9]+([-_.][a-z0-9]+)*)?$", version, re.I):
        problems.append("`%s` is no version (PEP 440)" % version)
    name = (fields.get("name") or [""])[0]
    if name and not re.match(r"^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$", name):
        problems.append("`%s` is no name (PEP 508)" % name)
    for kind in fields.get("description-content-type", []):
        if kind.split(";")[0].strip() not in CONTENT_TYPES:
            problems.append("`%s` is no long_description_content_type: %s" % (kind, ", ".join(CONTENT_TYPES)))
    if version == "0.0.0" and not spec["generate"]:
        problems.append("it has no version (backends write 0.0.0 then)")
    if problems:
        raise Refused("; ".join(problems))
