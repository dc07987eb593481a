#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Boots this bundle's kernel under QEMU, prints what its tests say as KTAP, and
# exits with the verdict. Needs QEMU, a POSIX shell, awk and coreutils (or
# busybox); writes nothing but a temporary folder, which it removes.
#
# boots/ has a folder per boot: `plan` is what the guest's init reads, `tests`
# the names of programs and subtests, `qemu.ACCELERATOR` an argument a line,
# `seconds` what the machine may take in all.
set -eu

usage() {
	cat <<-END
	usage: run [--tests GLOB] [--accelerator auto|kvm|tcg] [--console FILE] [--list]

	  --tests GLOB    only the tests whose names match: program, or program.subtest
	  --accelerator   auto is KVM where a nested guest proves that it works, else tcg
	  --console FILE  keep what the kernels print
	  --list          the names of the tests
	  QEMU=PATH       in the environment: another QEMU than that of PATH

	Exit status: 0 all pass; 1 a test failed, crashed or timed out, or a kernel
	complained; 2 usage; 4 QEMU is missing or can't run.
	END
}

die() {
	status=$1
	shift
	echo "run: $*" >&2
	exit "$status"
}

here=$(cd "$(dirname "$0")" && pwd)
qemu=${QEMU:-qemu-system-x86_64}
glob=
accelerator=auto
keep=
while [ $# -gt 0 ]; do
	case $1 in
	--help | -h) usage; exit 0 ;;
	--list) cat "$here"/boots/*/tests; exit 0 ;;
	--tests | --accelerator | --console)
		[ $# -gt 1 ] || die 2 "$1 needs a value; see --help"
		case $1 in
		--tests) glob=$2 ;;
		--accelerator) accelerator=$2 ;;
		--console) keep=$2 ;;
		esac
		shift
		;;
	*) die 2 "'$1' is no option; see --help" ;;
	esac
	shift
done
case $accelerator in
auto | kvm | tcg) ;;
*) die 2 "--accelerator takes auto, kvm or tcg, not '$accelerator'" ;;
esac
command -v "$qemu" >/dev/null || die 4 "no $qemu here; on Debian: apt-get install qemu-system-x86"

# An uncompressed kernel starts at once with a firmware that most QEMUs bring.
kernel=$(cat "$here/boots/kernel")
qboot=
if [ "$kernel" = vmlinux ]; then
	while IFS= read -r file; do
		if [ -z "$qboot" ] && [ -r "$file" ]; then qboot=$file; fi
	done <"$here/boots/qboot"
fi

# So that a terminal's Ctrl-C reaches QEMU, too; busybox's timeout has no groups, and no such option.
foreground=--foreground
timeout --foreground 1 true 2>/dev/null || foreground=

work=$(mktemp -d) || die 4 "no temporary folder can be made"
: >"$work/console"
finish() {
	trap '' HUP INT TERM
	# QEMU itself removes the file when it ends in order.
	if [ -s "$work/pid" ]; then kill "$(cat "$work/pid")" 2>/dev/null || :; fi
	wait
	rm -rf "$work"
}
trap finish EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

# An argument a line, with this run's paths in it. usage: emulate SECONDS FILE
emulate() {
	seconds=$1
	file=$2
	set --
	while IFS= read -r word; do
		case $word in
		@KERNEL@) word=$here/$kernel ;;
		@INITRAMFS@) word=$initramfs ;;
		@PROBE@) word=$here/probe.bin ;;
		@CONSOLE@) word=file:$work/boot ;;
		esac
		set -- "$@" "$word"
	done <"$file"
	if [ -n "$qboot" ]; then set -- "$@" -bios "$qboot"; fi
	# shellcheck disable=SC2086 # nothing, or an option
	timeout $foreground -k 2 "$seconds" "$qemu" "$@" -pidfile "$work/pid" </dev/null 2>"$work/qemu"
}

# A guest that runs a nested guest ends QEMU with status 35; on many a machine
# /dev/kvm opens and guests hang.
if [ $accelerator = auto ]; then
	accelerator=tcg
	if [ -r /dev/kvm ] && [ -w /dev/kvm ]; then
		initramfs=
		status=0
		found=$qboot
		qboot=
		emulate 2 "$here/boots/probe" >/dev/null 2>&1 || status=$?
		qboot=$found
		[ $status -ne 35 ] || accelerator=kvm
		rm -f "$work/pid"
	fi
fi

pad() {
	[ $(($1 % 4)) -eq 0 ] || {
		printf '\0'
		pad $(($1 + 1))
	}
}

# A file in a newc archive, which the kernel unpacks over the first one's.
entry() {
	size=$(($(wc -c <"$2")))
	printf 070701
	for field in 0 $((0100644)) 0 0 1 0 $size 0 0 0 0 $((${#1} + 1)) 0; do printf %08X "$field"; done
	printf '%s\0' "$1"
	pad $((110 + ${#1} + 1))
	cat "$2"
	pad $size
}

# The programs that have something to run. usage: choose BOOT
choose() {
	while IFS= read -r test; do
		# shellcheck disable=SC2254 # a pattern is meant
		case $test in
		$glob) echo "${test%%.*}" ;;
		esac
	done <"$1/tests" >"$work/chosen"
	awk 'NR == FNR { chosen[$1] = 1; next } $1 in chosen' "$work/chosen" "$1/plan" >"$work/plan-${1##*/}"
}

total=0
for boot in "$here"/boots/*/; do
	boot=${boot%/}
	name=${boot##*/}
	if [ -n "$glob" ]; then choose "$boot"; else cat "$boot/plan" >"$work/plan-$name"; fi
	total=$((total + $(wc -l <"$work/plan-$name")))
done
[ $total -gt 0 ] || die 2 "no test matches '$glob'; see --list"

echo "KTAP version 1"
echo "1..$total"
bad=0
first=1
for boot in "$here"/boots/*/; do
	boot=${boot%/}
	plan=$work/plan-${boot##*/}
	[ -s "$plan" ] || continue
	initramfs=$boot/initramfs.cpio
	if [ -n "$glob" ]; then
		initramfs=$work/initramfs.cpio
		echo "$glob" >"$work/only"
		{
			cat "$boot/initramfs.cpio"
			entry tests/plan "$plan"
			entry tests/only "$work/only"
			: >"$work/nothing"
			entry TRAILER!!! "$work/nothing"
		} >"$initramfs"
	fi
	echo "# boot ${boot##*/} under $accelerator"
	: >"$work/boot"
	# In the background: a shell that waits for a command in the foreground hears no signal.
	{
		status=0
		emulate "$(cat "$boot/seconds")" "$boot/qemu.$accelerator" || status=$?
		echo $status >"$work/status"
	} | awk -v first=$first -v plan="$plan" -v status="$work/status" -v lost="$work/lost" '
		# One plan for all boots: the tests are counted on, what belongs to one boot alone is left out.
		BEGIN {
			while ((getline line < plan) > 0) { split(line, word, " "); names[++planned] = word[1] }
			number = first
		}
		{ sub(/\r$/, "") }
		/^KTAP version/ || /^1\.\.[0-9]+$/ { next }
		/^(not )?ok [0-9]+ / {
			passed = sub(/^ok [0-9]+/, "ok " number)
			sub(/^not ok [0-9]+/, "not ok " number)
			number++
			seen[$(passed ? 3 : 4)] = 1
			if (!passed && $0 !~ /# (SKIP|TODO|XFAIL)/) bad = 1
		}
		/^Bail out!/ { bad = 1; $0 = "# " $0 }
		/^# kpatch: end$/ { ended = 1 }
		{ print; fflush() }
		END {
			getline code < status
			for (i = 1; i <= planned; i++) {
				if (names[i] in seen) continue
				print "not ok " number++ " " names[i] " # " (code == 124 ? "TIMEOUT" : "the machine ended first")
				bad = 1
			}
			# All results are there, and what the kernel would have said of itself behind them is not.
			if (code != 0 || !ended) {
				print "the machine ended with status " code ", before its own end" > lost
				bad = 1
			}
			exit bad
		}' &
	wait $! || bad=1
	rm -f "$work/pid"
	first=$((first + $(wc -l <"$plan")))
	status=$(cat "$work/status")
	cat "$work/boot" >>"$work/console"
	if [ "$status" -ne 0 ] && [ "$status" -ne 124 ] && [ ! -s "$work/boot" ]; then
		sed 's/^/# /' "$work/qemu"
		echo "Bail out! QEMU ended with status $status before the kernel said a word"
		exit 4
	fi
	# What a kernel says of itself, in words that change little; `kpatch-gen console FILE` knows more.
	awk '
		{ sub(/\r$/, "") }
		/BUG: |WARNING: .* at |Kernel panic|Oops: |general protection fault|INFO: (task|rcu|lockdep)/ ||
		/possible .*(locking|deadlock|lock order)|UBSAN: |soft lockup|hard LOCKUP|softpsp: VIOLATION/ ||
		/unreferenced object|page allocation failure|Out of memory|suspicious RCU usage|bad unlock balance/ {
			print "# console: " $0
			found = 1
		}
		END { exit found }' "$work/boot" || bad=1
done
[ -z "$keep" ] || cat "$work/console" >"$keep"
[ ! -s "$work/lost" ] || echo "Bail out! $(cat "$work/lost")"
exit $bad
