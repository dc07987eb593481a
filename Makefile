# SPDX-License-Identifier: GPL-2.0-only
#
# Each target does all of its set-up: packages, build, kernel tree.

PREFIX ?= /usr/local
DEMO_TREE ?= 5.10
DEMO_VARIANT ?= enc-op
OUT ?= out
# The tests look at the files of all of these (Tests/TestSupport/KernelTree.swift).
TEST_TREES := 5.10 6.1 6.12 7.2 7.3
# The guest suite is shown on these.
SUITE_TREES ?= 5.10 6.12 7.3

release := .build/release/kpatch-gen
# Static, stripped and at a fixed address: 100,000 relocations less at each start (2 ms).
swift_build := swift build -c release --static-swift-stdlib \
	-Xlinker -s -Xswiftc -Xclang-linker -Xswiftc -no-pie
swift_release := $(swift_build) --product kpatch-gen
# A fresh machine has no git identity; commits need one.
identity = git config user.email >/dev/null 2>&1 || { \
	export GIT_AUTHOR_NAME=$${GIT_AUTHOR_NAME-kpatch-gen} GIT_AUTHOR_EMAIL=$${GIT_AUTHOR_EMAIL-kpatch-gen@localhost} \
	GIT_COMMITTER_NAME=$${GIT_COMMITTER_NAME-kpatch-gen} GIT_COMMITTER_EMAIL=$${GIT_COMMITTER_EMAIL-kpatch-gen@localhost}; };

.PHONY: help
help:
	@echo "make demo      the main job: Linux $(DEMO_TREE), variant $(DEMO_VARIANT), to a table of verdicts"
	@echo "make variants  the same for all four variants"
	@echo "make suites    the same on $(SUITE_TREES), those that refuse a variant included"
	@echo "make check     the tests, on the files of Linux $(TEST_TREES)"
	@echo "make check-quick  those of them that need no kernel tree"
	@echo "make bench     apply against git am, side by side"
	@echo "make bench-render  every variant on every local tree, in one process"
	@echo "make bench-rebase  rebase against git rebase, side by side"
	@echo "make bench-carry  carry against git, patch and wiggle, on 256 real ports"
	@echo "make import-check  four queues and 434 patches alone imported, rendered back, compared by git"
	@echo "make bench-test  from a change of variant to its verdict, phase by phase"
	@echo "make bench-build  a kernel that is there, and a change of variant, against make"
	@echo "make bench-boot  from QEMU's start to the first test, against plain QEMU, step by step"
	@echo "make performance  these, virtme-ng and a bundle in one run; writes docs/performance.md (half an hour)"
	@echo "make bench-limits  what hostile series and kernel files cost"
	@echo "make torture   kills apply and rebase $(KILLS) times, runs them in parallel $(RUNS) times"
	@echo "make interrupt  ends builds and boots at random moments, by signals"
	@echo "make bundles   the same bundle from two folders, bit by bit, and its boot in a fresh Debian 12 (as root)"
	@echo "make faults    what becomes of a run when things go wrong: kills, full disks, damaged files, a lost host (as root)"
	@echo "make bundles-quick  a short form of it, with the kernel of make demo"
	@echo "make fuzz      the readers of consoles, results, configurations, series, templates and mails, $(EXECUTIONS) inputs each"
	@echo "make golden-logs  consoles of real kernels that complain, in $(OUT)/golden"
	@echo "make bad-guests  tests and trees that misbehave, on a real kernel"
	@echo "make detection  puts each defect back alone, looks which tests fail; writes docs/detection.md and a page per tree"
	@echo "make mutations  changes each added line of C a little, looks which tests fail; writes docs/mutations.md and a page per cell (hours)"
	@echo "make matrix    two variants by two local trees, judged, and the page of it"
	@echo "make stability  every variant on $(STABLE_TREES), $(STABLE_RUNS) times in a row: each test must end alike (hours)"
	@echo "make slurm     a matrix through a Slurm of two nodes on loopback; a node, then who submitted is killed (as root)"
	@echo "make parallel-check  a matrix by GNU parallel on a host by ssh (loopback), which goes away in the middle (as root)"
	@echo "make bench-page  a page of 1,000 cells with 80,000 made-up results"
	@echo "make bench-matrix  what 1,000 cells of a judge that judges nothing cost, on this machine"
	@echo "make bench-slurm  the same through a Slurm of two nodes on loopback (20 minutes, as root)"
	@echo "make page-check  that page in Chromium: links, opening, contrast, keyboard, print, narrow windows"
	@echo "make drift-chain  drift from each local tree to the next, and by ctags whether it is true"
	@echo "make digests   whether the mails of every variant and of the combinations are the same as ever"
	@echo "make checkpatch  checkpatch.pl --strict on every variant's patches"
	@echo "make check-combinations  every pair of option values, rendered and compiled (an hour)"
	@echo "make review    docs/review.md, from the series and its review"
	@echo "make build     the program, in $(release)"
	@echo "make install   the program, its data, manual pages and completions, below PREFIX=$(PREFIX)"
	@echo "make deb       the same as a Debian package, in $(OUT)"
	@echo "make deb-check  the package: lintian, and what it does in a fresh Debian 12 (debootstrap; as root)"
	@echo "make format    swift format, in place"

.PHONY: packages
packages:
	@.ci/install-packages

.PHONY: build
build: packages
	$(swift_release)

.PHONY: tree
tree: build
	$(release) trees fetch $(DEMO_TREE)

.PHONY: test-trees
test-trees: build
	@set -e; for tree in $(TEST_TREES); do $(release) trees fetch $$tree; done

.PHONY: demo
demo: tree
	$(release) doctor
	@$(identity) \
	set -x; \
	$(release) apply --variant $(DEMO_VARIANT) --tree $(DEMO_TREE) --force && \
	$(release) test --variant $(DEMO_VARIANT) --tree $(DEMO_TREE) --output $(OUT)/$(DEMO_VARIANT)

# rfc-v1 is the patch as posted: its verdict has to be "no".
.PHONY: variants
variants: tree
	@$(identity) .ci/variants $(release) $(DEMO_TREE) $(OUT)

.PHONY: suites
suites: build
	@$(identity) set -e; for tree in $(SUITE_TREES); do \
		$(release) trees fetch $$tree; .ci/variants $(release) $$tree $(OUT)/$$tree; done

.PHONY: check
check: test-trees
	@$(identity) .ci/check $(release)

# If a change of the mails is meant: .ci/digests $(release) --update
.PHONY: digests
digests: test-trees
	@.ci/digests $(release)

.PHONY: drift-chain
drift-chain: test-trees
	@.ci/drift-chain $(release)

# The modules that need nothing but their input; of two of them some tests read kernel trees.
quick_tests := BaseTests|GitTests|CSourceTests|MergingTests|PatchSeriesTests|TestReportTests|GenerationTests|RebaseTests|JudgingTests|MatrixTests
tests_with_trees := CtagsTests|FragmentTests|DefectTests|fromTreeToTree|GuestTestsTests|KernelTreeTests|RandomEditTests

.PHONY: check-quick
check-quick: packages
	swift test --no-parallel --filter '^($(quick_tests))\.' --skip '$(tests_with_trees)'

.PHONY: checkpatch
checkpatch: tree
	@$(identity) .ci/checkpatch $(release) $(DEMO_TREE)

NEWEST_TREE ?= 7.3
.PHONY: check-combinations
check-combinations: tree
	$(release) trees fetch $(NEWEST_TREE)
	@$(identity) .ci/combinations $(release) $(DEMO_TREE) $(NEWEST_TREE)

.PHONY: review
review: build
	$(release) list --review --format markdown >docs/review.md.new
	mv docs/review.md.new docs/review.md

.PHONY: bench
bench: tree
	@$(identity) .ci/bench $(release) $(DEMO_TREE)

.PHONY: bench-render
bench-render: tree
	@$(identity) .ci/bench-render $(release)

.PHONY: bench-carry
bench-carry: build
	@.ci/bench-carry $(release)

.PHONY: import-check
import-check: build
	@.ci/import-check $(release) $${KPATCH_CARRY:-../shared/carry}/debian.bundle

REBASE_TREE ?= 6.1

.PHONY: bench-rebase
bench-rebase: tree
	$(release) trees fetch $(REBASE_TREE)
	@$(identity) .ci/bench-rebase $(release) $(DEMO_TREE) $(REBASE_TREE)

.PHONY: bench-test
bench-test: tree
	@$(identity) .ci/bench-test $(release) $(DEMO_TREE)

.PHONY: bench-build
bench-build: tree
	@$(identity) .ci/bench-build $(release) $(DEMO_TREE)

BOOTS ?= 9
.PHONY: bench-boot
bench-boot: tree
	@$(identity) $(release) bundle --variant $(DEMO_VARIANT) --tree $(DEMO_TREE) --profile fast --output $(OUT)/bench-boot
	.ci/bench-boot $(OUT)/bench-boot $(BOOTS)

.PHONY: performance
performance: tree
	.ci/install-packages .ci/packages-performance
	@$(identity) .ci/performance $(release) $(DEMO_TREE) $(DEMO_VARIANT) $(BOOTS) >docs/performance.md.new
	mv docs/performance.md.new docs/performance.md

.PHONY: bench-limits
bench-limits: build
	@.ci/bench-limits $(release)

KILLS ?= 1000
RUNS ?= 500

.PHONY: torture
torture: tree
	@$(identity) .ci/torture $(release) $(KILLS) $(RUNS)

.PHONY: interrupt
interrupt: tree
	@$(identity) .ci/interrupt $(release) $(DEMO_TREE)

.PHONY: bundles bundles-quick
bundles: tree
	.ci/install-packages .ci/packages-bundles
	@$(identity) .ci/bundles $(release) $(DEMO_TREE) $(OUT)/bundles

# With the kernel that make demo builds, and a compiler cache.
bundles-quick: tree
	.ci/install-packages .ci/packages-bundles
	@$(identity) QUICK=1 .ci/bundles $(release) $(DEMO_TREE) $(OUT)/bundles debug

FAULT_KILLS ?= 50

.PHONY: faults
faults: tree
	.ci/install-packages .ci/packages-faults
	@$(identity) .ci/faults $(release) $(DEMO_TREE) $(FAULT_KILLS)

EXECUTIONS ?= 10000000
.PHONY: fuzz
fuzz: packages
	.ci/fuzz $(EXECUTIONS) $(OUT)/fuzz

GOLDEN_TREES ?= 5.10 7.3
.PHONY: golden-logs
golden-logs: build
	@$(identity) set -e; repository=$$(.ci/repository $(release)); for tree in $(GOLDEN_TREES); do \
		$(release) trees fetch $$tree; $(release) build --variant $(DEMO_VARIANT) --tree $$tree --profile debug; \
		.ci/golden-logs "$$(dirname "$$repository")" "$$(git --git-dir="$$repository" tag --list "v$$tree.*" | tail -1)" \
			debug $(OUT)/golden; done

.PHONY: bad-guests
bad-guests: tree
	@$(identity) .ci/bad-guests $(release) $(DEMO_TREE)

# Long: a kernel for every defect. An interrupted run goes on where it was.
# Arguments for mutate: MUTATE="--every 3"
# Each variant on the oldest tree, there also the values that let several VMs pin memory, and what the newest takes. Mutants
# that two have in common are judged once.
MUTATION_CELLS ?= 5.10 --variant enc-op;5.10 --variant cap-to --beyond enc-op;5.10 --variant cap-from --beyond enc-op;$(\
	)5.10 --variant enc-op --beyond enc-op --set mirror-regions=allow;$(\
	)5.10 --variant enc-op --beyond enc-op --set mirror-regions=allow --set owner=asid-refcount;$(\
	)7.3 --variant enc-op;7.3 --variant cap-to --beyond enc-op
# What asks for failing allocations, and what leaks.
MUTATE ?= --further-profile fault-injection --further-profile kmemleak
.PHONY: mutations
mutations: build
	$(release) trees fetch 5.10
	$(release) trees fetch 7.3
	@$(identity) .ci/cell-pages $(release) mutate docs/mutations.md "$(MUTATION_CELLS)" $(MUTATE)

DETECTION_TREES ?= 5.10;6.12;7.3
.PHONY: detection
detection: build
	@$(identity) set -e; for tree in $(subst ;, ,$(DETECTION_TREES)); do $(release) trees fetch $$tree; done; \
	.ci/cell-pages $(release) detect docs/detection.md "$(DETECTION_TREES)"

MATRIX_TREES ?= 5.10 6.1
MATRIX_VARIANTS ?= enc-op rfc-v1
MATRIX_PROFILES ?= fast
# rfc-v1 is the patch as posted: its verdict on 5.10 is "no", and a matrix that says so is as it must be.
.PHONY: matrix
matrix: build
	@$(identity) set -e; for tree in $(MATRIX_TREES); do $(release) trees fetch $$tree; done; \
	status=0; $(release) matrix $(MATRIX_TREES:%=--tree %) $(MATRIX_VARIANTS:%=--variant %) \
		$(MATRIX_PROFILES:%=--profile %) --output $(OUT)/matrix || status=$$?; \
	[ $$status -le 1 ]; $(release) report $(OUT)/matrix --html $(OUT)/matrix-page --badge $(OUT)/matrix.svg

STABLE_TREES ?= 5.10 6.1 6.12 7.2 7.3
STABLE_RUNS ?= 5
STABLE_PROFILE ?= fast
.PHONY: stability
stability: build
	@$(identity) set -e; for tree in $(STABLE_TREES); do $(release) trees fetch $$tree; done; \
	.ci/stability $(release) $(OUT)/stability-$(STABLE_PROFILE) $(STABLE_RUNS) $(STABLE_PROFILE) $(STABLE_TREES)

# As root: daemons of its own on loopback, which end with it.
.PHONY: slurm
slurm: build
	.ci/install-packages .ci/packages-slurm
	.ci/slurm-check $(release) $(OUT)/slurm

.PHONY: parallel-check
parallel-check: build
	.ci/install-packages .ci/packages-parallel
	.ci/parallel-check $(release) $(OUT)/parallel

BENCH_CELLS ?= 100 400 1000
.PHONY: bench-matrix bench-slurm
bench-matrix: build
	.ci/bench-matrix $(release) $(OUT)/bench-matrix local 2 $(BENCH_CELLS)

bench-slurm: build
	.ci/install-packages .ci/packages-slurm
	.ci/slurm start $(OUT)/bench-cluster
	status=0; SLURM_CONF=$(abspath $(OUT))/bench-cluster/slurm.conf \
		.ci/bench-matrix $(release) $(OUT)/bench-matrix slurm 2 $(BENCH_CELLS) || status=$$?; \
	.ci/slurm stop $(OUT)/bench-cluster; exit $$status

.PHONY: bench-page
bench-page: build
	.ci/bench-page $(release) $(OUT)/bench-page

.PHONY: page-check
page-check: bench-page
	.ci/install-packages .ci/packages-page
	.ci/page-check $(OUT)/bench-page/page $(OUT)/bench-page/screenshots

.PHONY: format
format:
	swift format --in-place --recursive --parallel Package.swift Sources Tests

# The generator of swift-argument-parser, with the program's own flags: with others all would be compiled again.
.PHONY: manuals
manuals: build
	$(swift_build) --product generate-manual
	.ci/manuals .build/release/generate-manual $(release) $(OUT)/man

.PHONY: install
install: build manuals
	.ci/install $(release) $(OUT)/man "$(DESTDIR)$(PREFIX)"

.PHONY: deb
deb: build manuals
	.ci/deb $(release) $(OUT)/man $(OUT)

.PHONY: deb-check
deb-check: deb tree
	.ci/install-packages .ci/packages-deb
	.ci/deb-check $(OUT)/kpatch-gen_*.deb $(DEMO_TREE)
