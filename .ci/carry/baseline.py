#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Runs the merge and patch tools everybody has on each case of a carry benchmark and says what came of it.

  baseline.py REPO.git [--out RESULTS.jsonl] [--wiggle PATH] [--only REGEX] [--tools a,b,...]
  baseline.py REPO.git --table [--out RESULTS.jsonl] [--hard]
  baseline.py REPO.git --diff CASE --tools TOOL     from B-expected to what the tool made, to read by eye

Each tool gets queue A's patch (or A-base and A-patched) and B-base; its answer is compared with B-expected over the
whole tree. Classes:
  same         every file is byte for byte what B's maintainer had
  same-modulo  the same after comments and white space are taken out (carrylib.bare says how)
  refused      non-zero exit, conflict markers, a missing file, or no answer within a minute
  wrong        the tool reported success, the result is neither of the first two
Times are wall time of the tool's own processes, without writing its input.

The patch is the diff A-base..A-patched made anew with three lines of context and full blob names, so that every tool
works from the same text. `diff3` and `zdiff3` differ only in how they show a conflict, never in what is clean; both
are run, for their marker counts. ort is `git merge-tree --write-tree` on three commits with A-base as the ancestor,
which is what cherry-pick and rebase do.
"""

import argparse
import difflib
import json
import os
import re
import subprocess
import sys
import tempfile
import time

from carrylib import IDENTITY, Git, bare, run

LIMIT = 60  # seconds for one tool on one case


class Refused(Exception):
    """A tool that says itself that it could not; the text says why."""


class Case:
    """One case with what tools need: trees, file contents, the patch; and the clock they run under."""

    def __init__(self, git, record):
        self.git, self.record, self.seconds = git, record, 0.0
        self.a0, self.a1, self.b0, self.b1 = (record[r] for r in ("A-base", "A-patched", "B-base", "B-expected"))
        self.patch = git("diff-tree", "-p", "-M", "--full-index", "--binary", self.a0, self.a1).stdout
        self.expected = {p: git.blob(self.b1, p) for p in git.changes(self.b0, self.b1)}

    def timed(self, args, **more):
        env = {**os.environ, **IDENTITY, **more.pop("env", {})}
        start = time.perf_counter()
        try:
            return subprocess.run(args, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=env,
                                  timeout=max(0.1, LIMIT - self.seconds), **more)
        except subprocess.TimeoutExpired:
            raise Refused("time limit") from None
        finally:
            self.seconds += time.perf_counter() - start

    def changed(self, tree):
        return {p: self.git.blob(tree, p) for p in self.git.changes(self.b0, tree)}


# --- the tools: each returns {path: bytes or None} of changes to B-base, or raises Refused --------------------------

def git_apply(*flags):
    def tool(case, folder):
        index = os.path.join(folder, "index")
        git = Git(case.git.path, index=index, env=case.git.env)
        git("read-tree", case.b0)
        done = case.timed(["git", "apply", "--cached", "--whitespace=nowarn", *flags, "-"], input=case.patch,
                          env={**case.git.env, "GIT_INDEX_FILE": index})
        if done.returncode:
            raise Refused(f"exit {done.returncode}")
        return case.changed(git.out("write-tree"))
    return tool


def ort(case, folder):
    ancestor = case.git.out("commit-tree", case.a0 + "^{tree}", "-m", "A-base")
    ours, theirs = (case.git.out("commit-tree", t + "^{tree}", "-p", ancestor, "-m", "x") for t in (case.b0, case.a1))
    done = case.timed(["git", "merge-tree", "--write-tree", ours, theirs], env=case.git.env)
    if done.returncode:
        raise Refused(f"exit {done.returncode}, conflicts")
    return case.changed(done.stdout.decode().split("\n")[0].strip())


def by_file(merge):
    """A tool for single files made into one for cases: files that a side lacks are decided here."""
    def tool(case, folder):
        result = {}
        for number, path in enumerate(case.record["files_a"]):
            old, new, ours = (case.git.blob(t, path) for t in (case.a0, case.a1, case.b0))
            if ours == old:
                result[path] = new
            elif old is None or new is None or ours is None:
                if ours != new:
                    raise Refused(f"{path}: " + ("absent" if ours is None else "there already" if old is None
                                                 else "deleted by the patch, differs"))
            else:
                names = []
                for role, data in zip(("ours", "old", "new"), (ours, old, new)):
                    names.append(os.path.join(folder, f"{number}.{role}"))
                    with open(names[-1], "wb") as file:
                        file.write(data)
                result[path] = merge(case, names)
        return {p: d for p, d in result.items() if d != case.git.blob(case.b0, p)}
    return tool


def merge_file(style):
    def merge(case, names):
        done = case.timed(["git", "merge-file", "-p", style, *names], env=case.git.env)
        if done.returncode:
            raise Refused(f"{done.returncode} conflicts, {marked(done.stdout)} lines in markers")
        return done.stdout
    return by_file(merge)


def marked(text):
    """Lines between conflict markers."""
    count, on = 0, False
    for line in text.split(b"\n"):
        on = (on or line.startswith(b"<<<<<<<")) and not line.startswith(b">>>>>>>")
        count += on
    return count


def wiggle(path):
    def merge(case, names):
        done = case.timed([path, "--merge", *names])
        if done.returncode:
            raise Refused(f"exit {done.returncode}")
        return done.stdout
    return by_file(merge)


def patch(*flags):
    def tool(case, folder):
        for name in sorted(set(case.record["files_a"]) | set(case.record["files_b"])):
            data = case.git.blob(case.b0, name)
            if data is not None:
                os.makedirs(os.path.dirname(os.path.join(folder, name)) or folder, exist_ok=True)
                with open(os.path.join(folder, name), "wb") as file:
                    file.write(data)
        done = case.timed(["patch", "-p1", "-f", "-s", "--no-backup-if-mismatch", *flags], input=case.patch, cwd=folder)
        if done.returncode:
            raise Refused(f"exit {done.returncode}")
        result = {}
        for name in set(case.record["files_a"]) | set(case.record["files_b"]):
            full, before = os.path.join(folder, name), case.git.blob(case.b0, name)
            data = None
            if os.path.exists(full):
                with open(full, "rb") as file:
                    data = file.read()
            if data != before:
                result[name] = data
        return result
    return tool


def tools(wiggle_path):
    table = {
        "git apply": git_apply(), "git apply -C1": git_apply("-C1"), "git apply --3way": git_apply("--3way"),
        "ort (cherry-pick)": ort, "merge-file diff3": merge_file("--diff3"), "merge-file zdiff3": merge_file("--zdiff3"),
        "patch -p1": patch(), "patch -F3": patch("-F3"),
    }
    if wiggle_path:
        table["wiggle --merge"] = wiggle(wiggle_path)
    return table


# --- judging --------------------------------------------------------------------------------------------------------

def judge(case, result):
    if result == case.expected:
        return "same"
    for path in set(result) | set(case.expected):
        base = case.git.blob(case.b0, path)
        got, want = result.get(path, base), case.expected.get(path, base)
        if got != want and bare(path, got) != bare(path, want):
            return "wrong"
    return "same-modulo"


def beside(repo, scratch):
    """The repository with a folder of its own for new objects, so that nothing is written into it."""
    objects = os.path.join(scratch, "objects")
    os.mkdir(objects)
    return Git(repo, env={"GIT_OBJECT_DIRECTORY": objects,
                          "GIT_ALTERNATE_OBJECT_DIRECTORIES": os.path.join(os.path.abspath(repo), "objects")})


def show(repo, record, table):
    """Unified diffs, with a line of context, from B-expected to each tool's result."""
    with tempfile.TemporaryDirectory() as scratch:
        case = Case(beside(repo, scratch), record)
        for name, tool in table.items():
            with tempfile.TemporaryDirectory(dir=scratch) as folder:
                try:
                    result = tool(case, folder)
                except Refused as refusal:
                    print(f"{name}: refused, {refusal}")
                    continue
            print(f"{name}: {judge(case, result)}")
            for path in sorted(set(result) | set(case.expected)):
                base = case.git.blob(case.b0, path)
                got, want = result.get(path, base), case.expected.get(path, base)
                sides = [(data or b"").decode("utf-8", "replace").splitlines() for data in (want, got)]
                print("\n".join(difflib.unified_diff(*sides, f"expected/{path}", f"made/{path}", n=1, lineterm="")))


def measure(repo, records, table, out):
    with tempfile.TemporaryDirectory() as scratch:
        git = beside(repo, scratch)
        for done, record in enumerate(records):
            case = Case(git, record)
            for name, tool in table.items():
                case.seconds, why = 0.0, ""
                with tempfile.TemporaryDirectory(dir=scratch) as folder:
                    try:
                        verdict = judge(case, tool(case, folder))
                    except Refused as refusal:
                        verdict, why = "refused", str(refusal)
                out.write(json.dumps({"id": record["id"], "tool": name, "class": verdict, "why": why,
                                      "ms": round(case.seconds * 1000, 1)}) + "\n")
            out.flush()
            if done % 25 == 24 or done == len(records) - 1:
                print(f"{done + 1} of {len(records)} cases", file=sys.stderr)


CLASSES = ("same", "same-modulo", "refused", "wrong")


def table_of(records, results, hard):
    """Text tables: one per pair and a total, counts of each class and milliseconds a case."""
    wanted = {r["id"]: r for r in records if not (hard and r["trivial"])}
    pairs = list(dict.fromkeys(r["pair"] for r in records))
    near = {r["pair"] for r in records if not r.get("far")}
    groups = [(p, {p}) for p in pairs] + [("all adjacent pairs", near), ("all pairs", set(pairs))]
    names = list(dict.fromkeys(r["tool"] for r in results))
    for title, group in groups:
        cases = [r for r in wanted.values() if r["pair"] in group]
        print(f"\n{title}: {len(cases)} cases, {sum(c['trivial'] for c in cases)} trivial, "
              f"{sum(c['equal_text'] for c in cases)} with equal text")
        print(f"{'tool':20}" + "".join(f"{c:>13}" for c in CLASSES) + f"{'ms/case':>10}")
        for name in names:
            rows = [r for r in results if r["tool"] == name and r["id"] in wanted and wanted[r["id"]]["pair"] in group]
            if rows:
                counts = "".join(f"{sum(r['class'] == c for r in rows):13}" for c in CLASSES)
                print(f"{name:20}{counts}{sum(r['ms'] for r in rows) / len(rows):10.1f}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("repo", help="bare repository that build.py wrote; REPO.cases.jsonl lies beside it")
    parser.add_argument("--out", help="results, one line per case and tool (default: REPO.results.jsonl)")
    parser.add_argument("--wiggle", default="wiggle", help="the wiggle program; empty to leave it out")
    parser.add_argument("--only", default="", help="regular expression on case ids")
    parser.add_argument("--tools", help="comma-separated names, default all")
    parser.add_argument("--diff", metavar="CASE", help="show one case instead")
    parser.add_argument("--table", action="store_true", help="only print the tables of an earlier run")
    parser.add_argument("--hard", action="store_true", help="with --table: without the trivial cases")
    options = parser.parse_args()
    stem = re.sub(r"\.git$", "", options.repo.rstrip("/"))
    out = options.out or stem + ".results.jsonl"
    with open(stem + ".cases.jsonl", encoding="utf-8") as file:
        records = [r for r in map(json.loads, file) if re.search(options.only, r["id"])]
    if not options.table:
        table = tools(options.wiggle)
        if options.wiggle:
            run([options.wiggle, "--version"])
        if options.tools:
            table = {n: table[n] for n in options.tools.split(",")}
        if options.diff:
            for record in records:
                if record["id"] == options.diff:
                    show(options.repo, record, table)
            return
        with open(out, "w", encoding="utf-8") as file:
            measure(options.repo, records, table, file)
    with open(out, encoding="utf-8") as file:
        table_of(records, list(map(json.loads, file)), options.hard)


if __name__ == "__main__":
    main()
