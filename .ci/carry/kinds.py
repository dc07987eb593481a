#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Sorts the hard cases of a carry benchmark by what B's maintainer had to do, as far as the two diffs tell.

  kinds.py REPO.git [--all] [--only REGEX] [--list]     counts per pair; --list one line per case
  kinds.py REPO.git --show CASE                          git range-diff of the two patches, to read by eye

Each case that is not trivial (--all: each case) gets one kind, from the added and removed lines of both diffs:
  position   the same lines are added and removed in the same files; only context, place or white space differs
  moved      the same, but some file has another path in B
  dropped    B's lines are a part of A's: the rest is upstream already or has lost its place
  extended   A's lines are a part of B's: the maintainer did more (new callers, new files)
  edited     B's lines differ otherwise; `edit` says which share of A's lines B has word for word
and the flags text (Kconfig, make, documentation, device trees or other non-C only) and rt (from a PREEMPT_RT queue).
A tool that sees A's patch and B's tree, no more, can at best get position and moved right, of dropped what B-base
shows, and of extended and edited what follows from B's own names; the last two need a reader (--show).
"""

import argparse
import collections
import json
import re
import sys

from carrylib import Git


def lines_of(git, a, b):
    """{path: Counter of (sign, text without white space)} of a diff."""
    found, path = {}, None
    for line in git("diff-tree", "-p", "-U0", "--no-renames", a, b).stdout.split(b"\n"):
        if line.startswith(b"diff --git "):
            path, on = line.rsplit(b" b/", 1)[1].decode("utf-8", "replace"), False
            found[path] = collections.Counter()
        elif line.startswith(b"@@"):
            on = True
        elif path and on and line[:1] in b"+-" and line[1:].strip():
            found[path][line[:1] + re.sub(rb"\s+", b"", line[1:])] += 1
    return found


def kind(git, record):
    a = lines_of(git, record["A-base"], record["A-patched"])
    b = lines_of(git, record["B-base"], record["B-expected"])
    all_a, all_b = sum(a.values(), collections.Counter()), sum(b.values(), collections.Counter())
    common = sum((all_a & all_b).values())
    share = common / max(1, sum(all_a.values()))
    moves = [(p, q) for p in sorted(set(a) - set(b)) for q in sorted(set(b) - set(a))
             if sum((a[p] & b[q]).values()) * 2 > max(1, min(sum(a[p].values()), sum(b[q].values())))]
    if all_a == all_b:
        name = "position" if a == b else "moved"
    elif not all_b - all_a:
        name = "dropped"
    elif not all_a - all_b:
        name = "extended"
    else:
        name = "edited"
    code = any(re.search(r"\.(c|h|S)$", p) for p in set(a) | set(b))
    return {"id": record["id"], "kind": name, "share": round(share, 2), "lines_a": sum(all_a.values()),
            "lines_b": sum(all_b.values()), "text": not code, "rt": record["rt"], "moves": moves}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("repo")
    parser.add_argument("--all", action="store_true", help="trivial cases too")
    parser.add_argument("--only", default="", help="regular expression on case ids")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--show", metavar="CASE")
    options = parser.parse_args()
    with open(re.sub(r"\.git$", "", options.repo.rstrip("/")) + ".cases.jsonl", encoding="utf-8") as file:
        records = [json.loads(line) for line in file]
    git = Git(options.repo)
    if options.show:
        record = next((r for r in records if r["id"] == options.show), None)
        if not record:
            sys.exit(f"{options.show}: no such case")
        sys.stdout.write(git.out("range-diff", "--no-color", "--creation-factor=1000",
                                 f"{record['A-base']}..{record['A-patched']}",
                                 f"{record['B-base']}..{record['B-expected']}") + "\n")
        return
    rows = [(r, kind(git, r)) for r in records if (options.all or not r["trivial"]) and re.search(options.only, r["id"])]
    if options.list:
        for _, k in rows:
            print(json.dumps(k))
        return
    names = ("position", "moved", "dropped", "extended", "edited")
    print(f"{'pair':16}{'cases':>7}" + "".join(f"{n:>10}" for n in names) + f"{'text only':>11}{'rt':>5}")
    pairs = list(dict.fromkeys(r["pair"] for r, _ in rows))
    for title, group in [(p, {p}) for p in pairs] + [("adjacent", {r["pair"] for r, _ in rows if not r["far"]}),
                                                     ("all", set(pairs))]:
        mine = [k for r, k in rows if r["pair"] in group]
        print(f"{title:16}{len(mine):7}" + "".join(f"{sum(k['kind'] == n for k in mine):10}" for n in names)
              + f"{sum(k['text'] for k in mine):11}{sum(k['rt'] for k in mine):5}")


if __name__ == "__main__":
    main()
