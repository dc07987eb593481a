#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Builds a carry benchmark: a bare git repository of real forward ports, from two or more patch queues.

  build.py --out REPO.git --work DIR --apt CONF [--apt CONF] [--queues DIR] VERSION VERSION...

VERSION is a Debian version of the source package linux, oldest first (5.10.262-1). Its upstream tarball comes through
`apt-get -c CONF source`; where the archive lacks it, linux-source-X.Y of the same version is taken and the queue is
reverse-applied. The Debian queue is read from QUEUES/VERSION/debian (patches and patches-rt) or fetched likewise.
It reads only the files which some patch touches, so a tree here is about a thousand files.

The repository then has
  refs/heads/queue/X.Y                 one commit per patch, in order; its root commit is the kernel without patches
  refs/carry/X.Y-to-V.W/CASE/ROLE      ROLE: A-base, A-patched, B-base, B-expected (commits of these branches)
and REPO.cases.jsonl one line per case (beside the repository, same name without .git). Adjacent versions make pairs;
--far adds all other pairs. Nothing is random: the same inputs give the same object names.
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import urllib.parse

from carrylib import Git, Patch, extract, match, read_series, run


def say(text):
    print(text, file=sys.stderr, flush=True)


# --- inputs ---------------------------------------------------------------------------------------------------------

def apt_fetch(confs, work, args, pattern):
    """Runs apt-get with each configuration until a file that fits `pattern` lies in work/dl; its path, or None."""
    folder = os.path.join(work, "dl")
    os.makedirs(folder, exist_ok=True)

    def have():
        names = [n for n in sorted(os.listdir(folder)) if re.fullmatch(pattern, urllib.parse.unquote(n))]
        return os.path.join(folder, names[0]) if names else None

    for conf in confs:
        if have():
            break
        subprocess.run(["apt-get", "-q", "-c", conf, *args], cwd=folder, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL)
    return have()


def tree_archive(confs, work, version):
    """(archive, patched): the vanilla tarball, or else the .deb that holds the patched tree."""
    upstream = re.sub(r"-[^-]*$", "", version)
    found = apt_fetch(confs, work, ["--tar-only", "--download-only", "source", f"linux={version}"],
                      rf"linux_{re.escape(upstream)}\.orig\.tar\.xz")
    if found:
        return found, False
    package = "linux-source-" + ".".join(upstream.split(".")[:2])
    found = apt_fetch(confs, work, ["download", f"{package}={version}"], rf"{package}_{re.escape(version)}_all\.deb")
    if not found:
        raise SystemExit(f"linux {version}: neither the tarball nor {package} can be downloaded; try another version")
    return found, True


def debian_queue(confs, work, queues, version):
    folder = os.path.join(queues, version, "debian") if queues else ""
    if not os.path.isdir(os.path.join(folder, "patches")):
        archive = apt_fetch(confs, work, ["--diff-only", "--download-only", "source", f"linux={version}"],
                            rf"linux_{re.escape(version)}\.debian\.tar\.xz")
        if not archive:
            raise SystemExit(f"linux {version}: the archive has no debian.tar.xz; give --queues")
        into = os.path.join(work, "queue", version)
        os.makedirs(into, exist_ok=True)
        run(["tar", "-xf", archive, "-C", into])
        folder = os.path.join(into, "debian")
    patches = read_series(os.path.join(folder, "patches"))
    main = len(patches)
    if os.path.exists(os.path.join(folder, "patches-rt", "series")):
        patches += read_series(os.path.join(folder, "patches-rt"), prefix="rt/", number=True)
    return patches, main, {}


def slug(key):
    return re.sub(r"[^A-Za-z0-9._-]+", "_", re.sub(r"\.(patch|diff)$", "", key)).strip("._") or "patch"


def trivial(git, work, a, b):
    """Whether A's diff goes onto B-base with plain git apply and gives B-expected."""
    diff = git("diff-tree", "-p", "-M", "--full-index", "--binary", *a).stdout
    index = os.path.join(work, "index-trivial")
    if os.path.exists(index):
        os.unlink(index)
    stage = Git(git.path, index=index)
    stage("read-tree", b[0])
    if stage("apply", "--cached", "--whitespace=nowarn", "-", stdin=diff, check=False).returncode:
        return False
    return stage.out("write-tree") == git.out("rev-parse", b[1] + "^{tree}")


def make_cases(git, work, a, b, log):
    pair, cases, refs, seen = f"{a.name}-to-{b.name}", [], [], {}
    for p, q, how in match(list(a.patches.values()), list(b.patches.values())):
        if p.key not in a.commits or q.key not in b.commits:
            log(f"{pair}: no case, not applied in its own queue: {p.key}")
            continue
        name = slug(p.key)
        seen[name] = seen.get(name, 0) + 1
        name += f".{seen[name]}" if seen[name] > 1 else ""
        (a0, a1, how_a), (b0, b1, how_b) = a.commits[p.key], b.commits[q.key]
        files_a, files_b = sorted(git.changes(a0, a1)), sorted(git.changes(b0, b1))
        for role, commit in zip(("A-base", "A-patched", "B-base", "B-expected"), (a0, a1, b0, b1)):
            refs.append(f"create refs/carry/{pair}/{name}/{role} {commit}\n")
        cases.append({
            "id": f"{pair}/{name}", "pair": pair, "key_a": p.key, "key_b": q.key, "match": how,
            "subject": p.subject, "rt": p.key.startswith("rt/"), "equal_text": p.hunks == q.hunks,
            "trivial": trivial(git, work, (a0, a1), (b0, b1)), "applied_a": how_a, "applied_b": how_b,
            "files_a": files_a, "files_b": files_b, "A-base": a0, "A-patched": a1, "B-base": b0, "B-expected": b1,
        })
    git("update-ref", "--stdin", stdin="".join(refs).encode())
    return cases


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("versions", nargs="+", metavar="VERSION", help="oldest first")
    parser.add_argument("--out", required=True, help="the bare repository to write (replaced)")
    parser.add_argument("--work", required=True, help="downloads and partial trees; kept for the next run")
    parser.add_argument("--apt", action="append", default=[], metavar="CONF", help="apt-get configuration file")
    parser.add_argument("--queues", help="folder with VERSION/debian/patches already unpacked")
    parser.add_argument("--far", action="store_true", help="also pairs of versions that are not adjacent")
    options = parser.parse_args()
    work = os.path.abspath(options.work)

    queues = []
    for entry in options.versions:
        version = entry
        patches, count, overlay = debian_queue(options.apt, work, options.queues, version)
        name = ".".join(re.split(r"[.-]", version)[:2])
        queues.append((name, version, patches, count, overlay))
        say(f"queue {name} ({version}): {len(patches)} patches")
    paths = set().union(*(p.paths for q in queues for p in q[2]))

    shutil.rmtree(options.out, ignore_errors=True)
    git = Git.create(options.out)
    log_path = re.sub(r"\.git$", "", options.out.rstrip("/")) + ".build.log"
    with open(log_path, "w", encoding="utf-8") as log_file:
        def log(text):
            log_file.write(text + "\n")

        branches = []
        for name, version, patches, count, overlay in queues:
            archive, patched = tree_archive(options.apt, work, version)
            tree = os.path.join(work, "tree", options.kind + "-" + name)
            extract(archive, paths, tree)
            branch = Branch(git, name, patches, count, tree, overlay, patched, log)
            shutil.rmtree(tree)
            branches.append(branch)
            exact = sum(how == "exact" for _, _, how in branch.commits.values())
            say(f"branch queue/{name}: {len(branch.commits)} of {len(patches)} patches apply, {exact} without fuzz")

        count = 0
        with open(re.sub(r"\.git$", "", options.out.rstrip("/")) + ".cases.jsonl", "w", encoding="utf-8") as out:
            for i, a in enumerate(branches):
                for j in range(i + 1, len(branches) if options.far else min(i + 2, len(branches))):
                    cases = make_cases(git, work, a, branches[j], log)
                    for case in cases:
                        case["far"] = j > i + 1
                        out.write(json.dumps(case) + "\n")
                    count += len(cases)
                    say(f"{a.name}-to-{branches[j].name}: {len(cases)} cases, "
                        f"{sum(c['equal_text'] for c in cases)} with equal text, "
                        f"{sum(c['trivial'] for c in cases)} trivial")
    git("symbolic-ref", "HEAD", f"refs/heads/queue/{branches[-1].name}")
    git("gc", "-q", "--prune=now")
    say(f"{options.out}: {count} cases; what was left out: {log_path}")


if __name__ == "__main__":
    main()
