#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""kpatch-gen carry alongside the tools everybody has, on the adjacent cases of a carry dataset.

  bench.py PROGRAM REPO.git [--wiggle PATH] [--only REGEX] [--ours] [--cases FILE]

REPO.git is written to (use a clone); REPO.cases.jsonl lies alongside. --ours leaves the other tools out; --cases
writes what became of each case with kpatch-gen, for whoever wants to read them. A case is a whole process of each
other tool; kpatch-gen carries all cases in one process, and says itself how long each took.
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

import baseline
from carrylib import Git, bare, run

OURS = "kpatch-gen carry"


def verdict(git, record, tree):
    """same, same-modulo or wrong: the whole tree against what B's maintainer had."""
    expected = record["B-expected"]
    changed = git.changes(expected, tree)
    for path in changed:
        if bare(path, git.blob(tree, path)) != bare(path, git.blob(expected, path)):
            return "wrong"
    return "same-modulo" if changed else "same"


def ours(program, repo, records):
    """One process for all cases."""
    with tempfile.NamedTemporaryFile("w", suffix=".batch") as batch:
        for record in records:
            batch.write(f"{record['A-patched']} {record['A-base']} {record['B-base']}\n")
        batch.flush()
        done = subprocess.run([program, "carry", "--tree", repo, "--batch", batch.name], stdout=subprocess.PIPE,
                              check=True, env={**os.environ, **baseline.IDENTITY})
    git = Git(repo)
    for record, line in zip(records, done.stdout.decode().splitlines(), strict=True):
        answer = json.loads(line)
        refused = "conflict" in answer["result"]
        yield {"id": record["id"], "tool": OURS, "why": answer["result"], "ms": answer["milliseconds"],
               "class": "refused" if refused else verdict(git, record, answer["tree"])}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("repo")
    parser.add_argument("--wiggle", default=shutil.which("wiggle") or "")
    parser.add_argument("--only", default="")
    parser.add_argument("--ours", action="store_true")
    parser.add_argument("--cases")
    options = parser.parse_args()
    with open(re.sub(r"\.git/?$", "", options.repo) + ".cases.jsonl", encoding="utf-8") as file:
        records = [r for r in map(json.loads, file) if not r.get("far") and re.search(options.only, r["id"])]
    results = list(ours(options.program, options.repo, records))
    if options.cases:
        with open(options.cases, "w", encoding="utf-8") as file:
            file.writelines(json.dumps(r) + "\n" for r in results)
    if not options.ours:
        with tempfile.TemporaryFile("w+", encoding="utf-8") as file:
            table = baseline.tools(options.wiggle)
            for name in [n for n in table if n.startswith("merge-file")]:
                del table[name]
            if not options.wiggle:
                print("wiggle is not installed (Debian package wiggle): its row is left out", file=sys.stderr)
            baseline.measure(options.repo, records, table, file)
            file.seek(0)
            results += list(map(json.loads, file))
    print(f"{len(records)} cases, {sum(r['trivial'] for r in records)} of them as plain git apply has them\n")
    print(f"{'tool':20}{'identical':>11}{'modulo':>8}{'refused':>9}{'different':>11}{'ms a case':>11}")
    for name in dict.fromkeys(r["tool"] for r in results):
        rows = [r for r in results if r["tool"] == name]
        counts = [sum(r["class"] == c for r in rows) for c in baseline.CLASSES]
        print(f"{name:20}{counts[0]:11}{counts[1]:8}{counts[2]:9}{counts[3]:11}"
              f"{sum(r['ms'] for r in rows) / len(rows):11.1f}")
    print("\nmodulo: but for comments and white space; different: neither, and no conflict said")


if __name__ == "__main__":
    main()
