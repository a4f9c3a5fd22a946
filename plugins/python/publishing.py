"""Looks at what a package index has, and uploads to it with twine: started by publishing.star with the interpreter of twine's tree.

publishing.py look SETTINGS FILE…            prints what the index has of the files, as JSON
publishing.py upload SETTINGS FILE [SIGNATURE] -- TWINE…   uploads one file

It ends with 0; with 1 where the index says no; with 2 where the configuration is wrong; with 3 where the index does not answer or breaks off.
Credentials come from the environment, from .pypirc, or from keyring, in this order, and are masked in all that is written.
"""

import base64
import configparser
import hashlib
import html.parser
import json
import os
import re
import subprocess
import sys
from urllib.parse import quote, unquote, urldefrag, urljoin, urlsplit, urlunsplit

REFUSED, WRONG, UNREACHABLE = 1, 2, 3
UPLOADS = {"pypi": "https://upload.pypi.org/legacy/", "testpypi": "https://test.pypi.org/legacy/"}
# Where the files are listed that are uploaded to an address, in the place of the last part of its path.
LISTINGS = {"upload.pypi.org": "https://pypi.org/simple/", "test.pypi.org": "https://test.pypi.org/simple/"}


class Failure(Exception):
    def __init__(self, status, message):
        super().__init__(message)
        self.status = status


# Where, and who asks.


class Index:
    """An index with what .pypirc and the environment say about it."""

    def __init__(self, settings):
        self.name = settings["repository"]
        self.secrets = set()
        self.cert = settings["cert"] and path_in_workspace(settings["cert"])
        if self.cert and not os.path.isfile(self.cert):
            raise Failure(WRONG, "[twine] ca_certs_path names `%s`, which there is not" % settings["cert"])
        section = {}
        self.url = self.name
        if self.name.startswith("@"):
            section = self._section(settings, self.name[1:])
            self.url = section.get("repository") or UPLOADS.get(self.name[1:], "")
        else:
            parts = urlsplit(self.url)
            if parts.username:
                section = {"username": unquote(parts.username), "password": unquote(parts.password or "")}
                self._hide(parts.password, unquote(parts.password or ""), parts.netloc.rpartition("@")[0])
                self.url = urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
        self.url = self._environment("REPOSITORY_URL") or self.url
        if urlsplit(self.url).scheme not in ("http", "https") or not urlsplit(self.url).netloc:
            raise Failure(WRONG, "`%s` has no address: `repositories` holds URLs (https://…) and `@names` of .pypirc" % self.name)
        self.cert = self.cert or section.get("ca_cert")
        self.client_cert = section.get("client_cert") or os.environ.get("TWINE_CLIENT_CERT")
        self.username = self._environment("USERNAME") or section.get("username")
        self.password = self._environment("PASSWORD") or section.get("password")
        self._hide(self.password)
        if not self.password or not self.username:
            self._ask_keyring()
        if self.username and self.password:
            # As a header has them.
            self._hide(base64.b64encode(("%s:%s" % (self.username, self.password)).encode()).decode())
        self.listing = self._listing(settings)

    def _section(self, settings, name):
        path = settings["config"] and path_in_workspace(settings["config"])
        if path and not os.path.isfile(path):
            raise Failure(WRONG, "[twine] config names `%s`, which there is not" % settings["config"])
        if not path and settings["discovery"] and os.path.isfile(path_in_workspace(".pypirc")):
            path = path_in_workspace(".pypirc")
        path = path or os.path.expanduser("~/.pypirc")
        self.config = path if os.path.isfile(path) else None
        parser = configparser.RawConfigParser()
        try:
            parser.read(path, encoding="utf-8")
        except (configparser.Error, UnicodeDecodeError) as error:
            # What stands in the file stays there.
            lines = [number for number, _ in getattr(error, "errors", [])] or [getattr(error, "lineno", None)]
            raise Failure(WRONG, "%s%s cannot be read as a .pypirc" % (path, ":%s" % lines[0] if lines[0] else ""))
        section = dict(parser.items(name)) if parser.has_section(name) else {}
        if parser.has_section("server-login"):
            section = {**dict(parser.items("server-login")), **section}
        self._hide(section.get("password"))
        servers = parser.get("distutils", "index-servers", fallback="").split()
        if not parser.has_section(name) and name not in UPLOADS and name not in servers and not self._environment("REPOSITORY_URL"):
            known = [known for known in parser.sections() if known not in ("distutils", "server-login")]
            raise Failure(
                WRONG,
                "%s has no section `[%s]` for the repository `@%s`; %s"
                % (path, name, name, "it has " + ", ".join(known) if self.config else "there is no such file: [twine] config names one"),
            )
        return section

    def _environment(self, key):
        """As Pants reads it: a variable for this repository wins over that for all."""
        if self.name.startswith("@"):
            suffix = "_" + self.name[1:].replace("-", "_").upper()
            if os.environ.get("TWINE_%s%s" % (key, suffix)):
                return os.environ["TWINE_%s%s" % (key, suffix)]
        return os.environ.get("TWINE_" + key)

    def _ask_keyring(self):
        try:
            import keyring

            if not self.username:
                credential = keyring.get_credential(self.url, None)
                if credential:
                    self.username, self.password = credential.username, self.password or credential.password
            if self.username and not self.password:
                self.password = keyring.get_password(self.url, self.username)
        except Exception:  # A broken keyring is no reason to stop: the index may want no password.
            pass
        self._hide(self.password)

    def _hide(self, *texts):
        for text in texts:
            if text:
                self.secrets.update({text, quote(text, safe="")})

    def _listing(self, settings):
        """The address below which projects are listed; None where nobody knows."""
        if self.name in settings["listings"]:
            return settings["listings"][self.name] or None
        parts = urlsplit(self.url)
        if parts.hostname in LISTINGS:
            return LISTINGS[parts.hostname]
        path = re.sub(r"/(legacy|upload)/?$", "", parts.path).rstrip("/")
        return urlunsplit(parts._replace(path=path + "/simple/", query="", fragment=""))

    def masked(self, text):
        for secret in sorted(self.secrets, key=len, reverse=True):
            text = text.replace(secret, "***")
        return text

    # What is there.

    def get(self, url, **more):
        import requests

        own = urlsplit(self.listing or "")[:2] == urlsplit(url)[:2] or urlsplit(self.url)[:2] == urlsplit(url)[:2]
        return requests.get(
            url,
            auth=(self.username, self.password) if own and self.username and self.password else None,
            verify=self.cert or os.environ.get("TWINE_CERT") or True,
            cert=self.client_cert,
            **more,
        )

    def files(self, project):
        """name → (address, {algorithm: digest}) of what the index lists; None where it lists nothing at all."""
        if not self.listing:
            return None
        url = urljoin(self.listing.rstrip("/") + "/", project + "/")
        accept = "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.1"
        # What a cache between here and the index remembers is not what the index has.
        answer = self.get(url, headers={"Accept": accept, "Cache-Control": "no-cache"}, allow_redirects=False)
        for _ in range(5):
            if not answer.is_redirect:
                break
            url = urljoin(answer.url, answer.headers["Location"])
            # An index that lacks a project may send people to another index; what that one has is not here.
            if urlsplit(url).hostname != urlsplit(answer.url).hostname:
                return {}
            answer = self.get(url, headers={"Accept": accept, "Cache-Control": "no-cache"}, allow_redirects=False)
        if answer.status_code in (404, 410):
            return {}
        if answer.status_code in (401, 403):
            raise Failure(REFUSED, refusal(answer.status_code, url))
        if answer.status_code >= 500:
            raise Failure(UNREACHABLE, "%s answered %d %s" % (url, answer.status_code, answer.reason))
        if not answer.ok:
            return None
        if "json" in answer.headers.get("Content-Type", ""):
            return {file["filename"]: (urljoin(answer.url, file["url"]), file.get("hashes", {})) for file in answer.json()["files"]}
        page = Anchors()
        page.feed(answer.text)
        found = {}
        for href in page.hrefs:
            address, fragment = urldefrag(urljoin(answer.url, href))
            algorithm, _, digest = fragment.partition("=")
            found[unquote(urlsplit(address).path).rpartition("/")[2]] = (address, {algorithm: digest} if digest else {})
        return found

    def compare(self, path, there):
        """(state, note) of a file beside what is listed under its name."""
        address, digests = there
        for algorithm in sorted(digests, key=lambda name: name != "sha256"):
            if algorithm in hashlib.algorithms_available and digests[algorithm]:
                own = digest_of(algorithm, open(path, "rb"))
                return ("same" if own == digests[algorithm].lower() else "different"), "%s %s…" % (algorithm, digests[algorithm][:12])
        # No digest to compare: the bytes then.
        answer = self.get(address, stream=True)
        if not answer.ok:
            return "unknown", "its digest is not told"
        answer.raw.decode_content = True
        other = digest_of("sha256", answer.raw)
        return ("same" if other == digest_of("sha256", open(path, "rb")) else "different"), "sha256 %s…" % other[:12]


class Anchors(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.hrefs = []

    def handle_starttag(self, tag, attributes):
        if tag == "a":
            self.hrefs += [value for name, value in attributes if name == "href" and value]


def digest_of(algorithm, stream):
    digest = hashlib.new(algorithm)
    with stream:
        for chunk in iter(lambda: stream.read(1 << 20), b""):
            digest.update(chunk)
    return digest.hexdigest()


def path_in_workspace(path):
    return os.path.join(os.environ.get("BAJI_WORKSPACE", "."), os.path.expanduser(path))


def project_of(path):
    """The normalized name of the project that a distribution belongs to (PEP 503)."""
    name = os.path.basename(path)
    name = name.split("-")[0] if name.endswith(".whl") else re.sub(r"-[^-]*$", "", re.sub(r"\.(tar\.\w+|zip)$", "", name))
    return re.sub(r"[-_.]+", "-", name).lower()


def refusal(status, url):
    return (
        "%s answered %d (%s): credentials come from TWINE_USERNAME and TWINE_PASSWORD (for one repository TWINE_PASSWORD_<NAME>), "
        "from .pypirc, or from keyring" % (url, status, "it does not know who asks" if status == 401 else "it does not allow this")
    )


def look(index, files):
    states = {}
    listed = {}
    for path in files:
        project = project_of(path)
        if project not in listed:
            listed[project] = index.files(project)
        there = listed[project]
        name = os.path.basename(path)
        if there is None:
            state, note = "unknown", "the index lists nothing"
        elif name in there:
            state, note = index.compare(path, there[name])
        else:
            state, note = "absent", ""
        states[name] = {"state": state, "note": note}
    print(json.dumps({"files": states}))


def upload(index, files, twine):
    arguments = twine[1:] if twine and twine[0] == "--" else twine
    environment = {name: value for name, value in os.environ.items() if not name.startswith("TWINE_") or name in ("TWINE_CERT", "TWINE_CLIENT_CERT")}
    # The very same address and credentials with which was looked; arguments can be seen by others, variables cannot.
    environment.update(TWINE_NON_INTERACTIVE="1", COLUMNS="400")
    if index.username:
        environment["TWINE_USERNAME"] = index.username
    if index.password:
        environment["TWINE_PASSWORD"] = index.password
    end = arguments.index("upload")
    command = arguments[:end] + ["--no-color", "upload", "--non-interactive", "--disable-progress-bar", "--repository-url=" + index.url]
    command += ["--cert=" + index.cert] if index.cert else []
    command += ["--client-cert=" + index.client_cert] if index.client_cert else []
    command += arguments[end + 1 :] + files
    run = subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    lines = index.masked(run.stdout.decode("utf-8", "replace")).splitlines()
    output = "".join(line.rstrip() + "\n" for line in lines)
    status = run.returncode
    if "Traceback (most recent call last)" in output and status:
        last = [line for line in output.splitlines() if re.match(r"[\w.]+(Error|Exception|Timeout|Exceeded|Closed|Interrupted)\b", line)]
        if last:
            output = output.partition("Traceback (most recent call last)")[0] + last[-1] + "\n"
            if re.match(r"(requests|urllib3|http|socket|ssl)\b|ConnectionError|TimeoutError", last[-1]):
                status = UNREACHABLE
    answered = re.search(r"HTTPError: (\d{3})\b", output)
    if status and answered and answered[1] in ("401", "403"):
        output += refusal(int(answered[1]), index.masked(index.url)) + "\n"
    if status and answered and answered[1].startswith("5"):
        status = UNREACHABLE
    if status and "NonInteractive" in output:
        output += "the index wants to know who uploads: TWINE_USERNAME and TWINE_PASSWORD, .pypirc, or keyring\n"
        status = WRONG
    sys.stdout.write(output)
    return status if status in (0, WRONG, UNREACHABLE) else REFUSED


def main(mode, settings, *words):
    index = None
    try:
        index = Index(json.loads(settings))
        if mode == "look":
            look(index, words)
            return 0
        end = words.index("--")
        return upload(index, list(words[:end]), list(words[end:]))
    except Failure as failure:
        message, status = str(failure), failure.status
    except KeyboardInterrupt:
        return 130
    except (OSError, ValueError, KeyError) as error:
        # requests' errors are of OSError; an answer that is no JSON, or lacks something, is as bad as none.
        message, status = "%s: %s" % (type(error).__name__, error), UNREACHABLE
    print(index.masked(message) if index else message, file=sys.stderr)
    return status


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
