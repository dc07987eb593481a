# SPDX-License-Identifier: GPL-2.0-only
"""Shared parts of the carry benchmark: patches, kernel trees in part, and the git plumbing around them.

Words used here and in the other scripts:

queue     an ordered list of patches that a distribution keeps on top of one kernel release (the "series")
case      one patch that two queues A and B both hold; the port from A to B was done by the queue's maintainers
A-base    the tree just before the patch in queue A, A-patched just after it; B-base and B-expected likewise in B

Only Python's standard library, git, tar, patch and dpkg-deb are needed.
"""

import dataclasses
import os
import re
import shutil
import subprocess
import tempfile

IDENTITY = {
    "GIT_AUTHOR_NAME": "carry", "GIT_AUTHOR_EMAIL": "carry@localhost", "GIT_AUTHOR_DATE": "1700000000 +0000",
    "GIT_COMMITTER_NAME": "carry", "GIT_COMMITTER_EMAIL": "carry@localhost",
    "GIT_COMMITTER_DATE": "1700000000 +0000", "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": "/dev/null",
    "LC_ALL": "C",
}


# --- patches --------------------------------------------------------------------------------------------------------

@dataclasses.dataclass
class Patch:
    """One patch of a queue: `key` names it across queues, `text` is its file, byte for byte."""
    key: str
    text: bytes

    @property
    def header(self):
        """Everything before the first file of the diff."""
        m = re.search(rb"^(diff --git |Index: |--- [^\n]*\n\+\+\+ )", self.text, re.M)
        return self.text[: m.start() if m else len(self.text)]

    @property
    def subject(self):
        """The mail's subject without tags, folded to one line; empty where there is none."""
        m = re.search(rb"^(?:Subject|Description):[ \t]*(.*(?:\n[ \t]+\S.*)*)", self.header, re.M)
        if not m:
            return ""
        text = " ".join(m.group(1).decode("utf-8", "replace").split())
        return re.sub(r"^(\[[^\]]*\]\s*)+", "", text).strip()

    @property
    def author(self):
        """(name, address) of the From: or Author: line, or None."""
        m = re.search(rb"^(?:From|Author):[ \t]*\"?([^\"<\n]*?)\"?[ \t]*<([^>\n]+)>", self.header, re.M)
        return tuple(g.decode("utf-8", "replace").strip() for g in m.groups()) if m else None

    @property
    def paths(self):
        """Every path the diff names, old and new, without its first component."""
        found = set()
        for m in re.finditer(rb"^--- ([^\t\n]+)[^\n]*\n\+\+\+ ([^\t\n]+)", self.text, re.M):
            for raw in m.groups():
                name = raw.decode("utf-8", "replace").strip()
                if name != "/dev/null" and "/" in name:
                    found.add(name.split("/", 1)[1])
        for m in re.finditer(rb"^(?:rename|copy) (?:from|to) (.+)$", self.text, re.M):
            found.add(m.group(1).decode("utf-8", "replace").strip())
        for m in re.finditer(rb"^diff --git a/(\S+) b/(\S+)$", self.text, re.M):
            found.update(g.decode("utf-8", "replace") for g in m.groups())
        return found

    @property
    def hunks(self):
        """The diff without line numbers and blob names: equal for two patches that say the same thing."""
        out, on = [], False
        for line in self.text.split(b"\n"):
            on = on or line.startswith(b"--- ")
            if on and not line.startswith((b"index ", b"diff ")):
                out.append(b"@@" if line.startswith(b"@@") else line.split(b"\t")[0]
                           if line.startswith((b"--- ", b"+++ ")) else line)
        return b"\n".join(out).strip()


def read_series(folder, prefix="", number=False):
    """The patches of a quilt folder in series order; `number` drops a leading 0001- from their keys."""
    patches = []
    with open(os.path.join(folder, "series"), encoding="utf-8") as series:
        for line in series:
            name = line.split("#")[0].strip().split(" ")[0]
            path = os.path.join(folder, name)
            if name and os.path.exists(path):
                with open(path, "rb") as file:
                    patches.append(Patch(prefix + (re.sub(r"^\d+-", "", name) if number else name), file.read()))
    return patches


def match(a, b):
    """Pairs (patch of a, patch of b, "name" | "subject"): same key first, else the same subject, once in each."""
    by_key = {p.key: p for p in b}
    pairs = [(p, by_key[p.key], "name") for p in a if p.key in by_key]
    used_a, used_b = {p.key for p, _, _ in pairs}, {q.key for _, q, _ in pairs}
    subjects = {}
    for q in b:
        if q.key not in used_b and q.subject:
            subjects.setdefault(q.subject.lower(), []).append(q)
    count = {}
    for p in a:
        count[p.subject.lower()] = count.get(p.subject.lower(), 0) + 1
    for p in a:
        found = subjects.get(p.subject.lower(), [])
        if p.key not in used_a and len(found) == 1 and count[p.subject.lower()] == 1:
            pairs.append((p, found[0], "subject"))
    return pairs


# --- processes and git ----------------------------------------------------------------------------------------------

def run(args, *, cwd=None, env=None, stdin=None, check=True):
    """Runs a command; returns the finished process with bytes in stdout and stderr."""
    done = subprocess.run(args, cwd=cwd, env={**os.environ, **IDENTITY, **(env or {})}, input=stdin,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    if check and done.returncode:
        raise SystemExit(f"{' '.join(map(str, args))}: exit {done.returncode}\n"
                         f"{done.stderr.decode('utf-8', 'replace')[:2000]}")
    return done


class Git:
    """A bare repository used through plumbing; `index` is the index file of a Git that stages something."""

    def __init__(self, path, index=None, env=None):
        self.path = os.path.abspath(path)
        self.env = {"GIT_DIR": self.path, **(env or {})}
        self.reader = None
        if index:
            self.env["GIT_INDEX_FILE"] = index

    @staticmethod
    def create(path):
        run(["git", "init", "-q", "--bare", path])
        return Git(path)

    def __call__(self, *args, stdin=None, check=True, env=None, cwd=None):
        return run(["git", *args], env={**self.env, **(env or {})}, stdin=stdin, check=check, cwd=cwd)

    def out(self, *args, **more):
        return self(*args, **more).stdout.decode("utf-8", "replace").strip()

    def changes(self, a, b):
        """{path: blob or None} of what differs between trees a and b, as b has it."""
        fields = self("diff-tree", "-r", "-z", "--no-renames", a, b).stdout.split(b"\0")
        found = {}
        for meta, name in zip(fields[0::2], fields[1::2]):
            blob = meta.split()[3].decode()
            found[name.decode("utf-8", "replace")] = None if set(blob) == {"0"} else blob
        return found

    def blob(self, tree, path):
        """The bytes of a file in a tree, or None; one cat-file process answers all calls."""
        if self.reader is None:
            self.reader = subprocess.Popen(["git", "cat-file", "--batch"], env={**os.environ, **IDENTITY, **self.env},
                                           stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.reader.stdin.write(f"{tree}:{path}\n".encode())
        self.reader.stdin.flush()
        fields = self.reader.stdout.readline().rsplit(b" ", 2)
        if fields[-1].strip() == b"missing" or fields[1] != b"blob":
            return None
        data = self.reader.stdout.read(int(fields[2]))
        self.reader.stdout.read(1)
        return data


# --- kernel trees in part -------------------------------------------------------------------------------------------

def extract(archive, paths, into):
    """Unpacks only `paths` of a kernel tarball, or of the tarball within a linux-source .deb, into a fresh folder."""
    shutil.rmtree(into, ignore_errors=True)
    os.makedirs(into)
    with tempfile.TemporaryDirectory() as scratch:
        tarball = archive
        if archive.endswith(".deb"):
            run(["dpkg-deb", "--fsys-tarfile", archive])  # fails early on a broken download
            member = run(["sh", "-c", 'dpkg-deb --fsys-tarfile "$1" | tar -t | grep -E "linux-source-[0-9.]+\\.tar"',
                          "sh", archive]).stdout.decode().split()[0]
            tarball = os.path.join(scratch, os.path.basename(member))
            run(["sh", "-c", 'dpkg-deb --fsys-tarfile "$1" | tar -xO "$2" > "$3"', "sh", archive, member, tarball])
        # The first member is the top folder; `head` ends tar early, which is no error here.
        top = subprocess.run(["sh", "-c", 'tar -tf "$1" 2>/dev/null | head -1', "sh", tarball],
                             stdout=subprocess.PIPE, check=True).stdout.decode().strip().split("/")[0]
        names = os.path.join(scratch, "names")
        with open(names, "w", encoding="utf-8") as file:
            file.writelines(f"{top}/{p}\n" for p in sorted(paths))
        # tar exits 2 for names that the tree does not have; those are expected.
        done = run(["nice", "tar", "-xf", tarball, "-C", into, "--strip-components=1", "--no-recursion",
                    "--no-same-owner", "-T", names], check=False)
        if done.returncode not in (0, 2) or not os.listdir(into):
            raise SystemExit(f"{archive}: {done.stderr.decode('utf-8', 'replace')[:500]}")


# --- comparing results ----------------------------------------------------------------------------------------------

def bare(path, data):
    """`data` without comments and white space: the rule behind "same-modulo".

    C, headers, assembler and device trees lose /* */ and // comments; Kconfig, make, scripts and YAML lose # to the
    end of the line where # starts a word; everything then loses all white space.
    """
    if data is None:
        return None
    name = os.path.basename(path)
    if re.search(r"\.(c|h|S|dts|dtsi|lds)$", name):
        data = re.sub(rb'("(?:\\.|[^"\\\n])*")|/\*.*?\*/|//[^\n]*', lambda m: m.group(1) or b"", data, flags=re.S)
    elif re.match(r"(Kconfig|Makefile|Kbuild)", name) or re.search(r"\.(sh|py|pl|ya?ml)$", name):
        data = re.sub(rb"(^|\s)#[^\n]*", rb"\1", data)
    return re.sub(rb"\s+", b"", data)
