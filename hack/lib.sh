# SPDX-License-Identifier: Apache-2.0
# Shared by the project's shell scripts. Source it from the repository's root.

# BUILD_FLAGS are upstream's release flags. All builds share one cache, whatever the tree's path.
BUILD_FLAGS=(-trimpath -tags selinux,notest,grpcnotrace)
OUT=_output
TREE=$OUT/kubernetes
PRISTINE=$OUT/pristine

# TOUCHED are the upstream packages with our files or seams.
TOUCHED=(./pkg/features ./pkg/kubelet ./pkg/kubelet/events ./pkg/kubelet/kuberuntime ./pkg/kubelet/metrics)
TOUCHED+=(./pkg/kubelet/images ./pkg/kubelet/lifecycle ./pkg/kubelet/pleg ./pkg/kubelet/prober ./pkg/kubelet/status)
TOUCHED+=(./pkg/kubelet/volumemanager/cache)
# These have the new fields, or tests that visit the fields of all API types.
TOUCHED+=(./pkg/apis/core ./pkg/generated/openapi ./pkg/kubelet/config ./pkg/kubelet/types ./pkg/util/hash ./staging/src/k8s.io/api/core/v1)
# These validate, default and drop the fields in the API server.
TOUCHED+=(./pkg/api/pod ./pkg/apis/core/helper ./pkg/apis/core/validation ./pkg/registry/core/pod)
# RANDOM_OBJECTS are touched packages whose tests fill API objects at random. They need upstream's fillers, which the tag notest
# excludes.
RANDOM_OBJECTS=(./pkg/api/testing ./pkg/apis/core/v1 ./staging/src/k8s.io/api)
RANDOM_FLAGS=(-tags selinux,grpcnotrace)
# OWN are the packages in the assembled tree that have only our files.
OWN=(./pkg/api/v1/dependency ./pkg/api/v1/dependency/apifield ./pkg/kubelet/ordering ./pkg/util/podstop)
OWN+=(./staging/src/k8s.io/client-go/applyconfigurations ./test/soak ./test/utils/actor ./test/utils/ordercheck)
# OWN_RANDOM are such packages that need the flags of RANDOM_OBJECTS.
OWN_RANDOM=(./pkg/apis/core/fuzzer)
# GATE_OFF is the linker flag that turns the feature gate off by default.
GATE_OFF='-X k8s.io/kubernetes/pkg/features.containerDependenciesDefault=false'
# OURS matches the names of our own tests in upstream's packages. They set the feature gate themselves.
OURS='^(Test|Fuzz)(Dependency|ContainerDependencies)'

SECONDS=0
say() { printf '\033[1m[%4ds] %s\033[0m\n' "$SECONDS" "$*"; }

# step WHAT COMMAND... runs a command that may be silent for minutes, and reports every 30 s that it still runs.
step() {
	local what=$1 began=$SECONDS status=0 ticker
	shift
	say "$what"
	( while sleep 30; do printf '        ... %s (%ds)\n' "$what" $((SECONDS - began)); done ) &
	ticker=$!
	"$@" || status=$?
	kill "$ticker" 2>/dev/null || true
	wait "$ticker" 2>/dev/null || true
	if ((status)); then say "$what: failed after $((SECONDS - began))s"; else say "$what: done in $((SECONDS - began))s"; fi
	return $status
}

# lane NAME COMMAND... begins a command that runs beside others, with its output in _output/reports/NAME.log.
declare -A LANES=()
lane() {
	local name=$1
	shift
	mkdir -p $OUT/reports
	# A process group of its own, so that all of it can be ended.
	set -m
	"$@" >"$OUT/reports/$name.log" 2>&1 </dev/null &
	set +m
	LANES[$!]=$name
	trap end_lanes EXIT
}

# lanes waits for all lanes, and shows the output of each when it has ended. It fails if one has failed.
lanes() {
	local pid status failed=0
	while ((${#LANES[@]})); do
		status=0
		wait -n -p pid "${!LANES[@]}" || status=$?
		[[ -n ${pid-} ]] || return "$status"
		say "${LANES[$pid]} has ended with code $status:"
		cat "$OUT/reports/${LANES[$pid]}.log"
		unset "LANES[$pid]"
		((status == 0)) || failed=1
	done
	return $failed
}

# end_lanes ends the lanes that still run, because the script ends.
end_lanes() {
	local pid
	for pid in "${!LANES[@]}"; do
		kill -TERM -- "-$pid" 2>/dev/null || true
	done
	wait
}

# need COMMAND PACKAGE... installs Debian packages if the command is missing.
need() {
	local command=$1
	shift
	command -v "$command" >/dev/null && return
	command -v apt-get >/dev/null || { echo "$command is missing and there is no apt-get: install it and try again" >&2; return 1; }
	step "reading the list of packages" apt-get update -q
	step "installing $*" env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "$@"
}

# need_machine installs what testnode sets up user-mode Linux with.
need_machine() {
	need debootstrap debootstrap
	need patchelf patchelf
	need mke2fs e2fsprogs
	need gcc gcc libc6-dev
}

# patterns FILE joins the regular expressions of a file.
patterns() { grep -Ev '^(#|$)' "$1" | paste -sd'|'; }

# each_matches SUITE FILE fails if an expression of the file matches no spec of the suite: one that was renamed would be left out, and
# nobody would notice.
each_matches() {
	local names pattern failed=0
	names=$("$1" --list-tests) || { echo "$1 does not list its specs" >&2; return 1; }
	while IFS= read -r pattern; do
		grep -qE -- "$pattern" <<<"$names" || { echo "$2: no spec of $1 matches: $pattern" >&2; failed=1; }
	done < <(grep -Ev '^(#|$|---)' "$2")
	return $failed
}

# in_tree TREE COMMAND... runs a command in an assembled tree.
in_tree() { (cd "$1" && shift && "$@"); }

# tool NAME... builds tools that hack/tools pins into _output/tools. With a cold cache golangci-lint takes minutes, others seconds.
tool() {
	local name
	mkdir -p $OUT/tools
	for name; do
		(cd hack/tools && go build -o "$OLDPWD/$OUT/tools/" "$(go list -f '{{.ImportPath}}' tool | grep "/$name\$")")
	done
}

# run_tests NAME DIRECTORY GO-TEST-ARGUMENTS... runs tests, once each, and fails if one fails or none passes. It prints a line for
# each package, the output of failed tests, the slowest tests and the counts, and writes a JUnit report to _output/reports.
run_tests() {
	local name=$1 dir=$2 report=$PWD/$OUT/reports/unit-$1 gotestsum=$PWD/$OUT/tools/gotestsum status=0
	shift 2
	mkdir -p $OUT/reports
	rm -f "$report".*
	in_tree "$dir" "$gotestsum" --format pkgname --format-icons text --format-hide-empty-pkg --hide-summary skipped \
		--junitfile "$report.xml" --jsonfile-timing-events "$report.json" -- "$@" || status=$?
	echo "the slowest:"
	"$gotestsum" tool slowest --num 5 --jsonfile "$report.json"
	counts "$report.xml" >"$report.txt"
	awk -v name="$name" '{ passed += $2; failed += $3; skipped += $4 }
		END {
			printf "%s: %d passed, %d failed, %d skipped, in %d packages\n", name, passed, failed, skipped, NR
			exit !passed
		}' "$report.txt" || status=1
	return $status
}

# ATTRIBUTE is an awk function that returns an attribute of the XML element in a line.
ATTRIBUTE='function attribute(name) { match($0, " " name "=\"[^\"]*"); return substr($0, RSTART + length(name) + 3, RLENGTH - length(name) - 3) }'

# reports summarizes all JUnit reports of a run in one line.
reports() {
	awk "$ATTRIBUTE"'
		/<testsuites / { tests += attribute("tests"); failed += attribute("failures") + attribute("errors"); n++ }
		END { printf "DONE %d tests, %d failures, in %d reports\n", tests, failed, n }' $OUT/reports/*.xml
}

# counts REPORT prints, for each package with tests in a JUnit report, its name and the counts of passed, failed and skipped tests.
counts() {
	awk "$ATTRIBUTE"'
		/<testsuite / { package = attribute("name"); tests = attribute("tests"); failed = attribute("failures"); skipped = 0 }
		/<skipped/ { skipped++ }
		/<\/testsuite>/ && tests > 0 { print package, tests - failed - skipped, failed, skipped }' "$1"
}

# failures prints what failed in the ginkgo suites of a run, and how, at most 40 lines of each, and what the kubelets had logged of ordered
# pods until then, at most 30 lines each. It stands at the end of the output, because some thousand lines of other specs are between a
# failure and there.
failures() {
	awk "$ATTRIBUTE"'
		function plain(text) {
			gsub(/&#xA;/, "\n", text); gsub(/&#x9;/, "\t", text); gsub(/&#34;/, "\"", text); gsub(/&#39;/, "\047", text)
			gsub(/&lt;/, "<", text); gsub(/&gt;/, ">", text); gsub(/&amp;/, "\\&", text)
			return text
		}
		/<testcase / { name = attribute("name") }
		/<(failure|error) message=/ {
			sub(/^[^>]*>/, ""); sub(/<\/(failure|error)>.*/, "")
			n = split(plain($0), lines, "\n")
			print "FAILED " plain(name)
			for (i = 1; i <= n && i <= 40; i++) print "    " lines[i]
			# The last line says when: "... @ 11/26/26 16:14:05.156". klog writes that as "1126 16:14:05.156".
			while (n > 0 && !match(lines[n], /@ [0-9\/]+ [0-9:.]+/)) n--
			if (n == 0) next
			split(substr(lines[n], RSTART + 2, RLENGTH - 2), at, "[/ ]")
			print "AT " at[1] at[2] " " at[4]
		}' $OUT/reports/*.xml | while IFS= read -r line; do
		case "$line" in
		"AT "*) for log in $OUT/node/report*/kubelet.log; do logged_until "${line#AT }" "$log"; done ;;
		*) printf '%s\n' "$line" ;;
		esac
	done
}

# logged_until TIME LOG prints the last of what a kubelet logged of ordered pods until a time, if it ran then, and the last of the rest
# that it logged of the namespace of the last of those pods: if nothing more was logged of its order, that tells where it got stuck.
logged_until() {
	awk -v until="$1" '
		# last_of COUNT WANTED keeps the last of the lines whose kind is wanted.
		function last_of(count, wanted,   i) {
			for (i = n; i in lines && count > 0; i--) if (kind(lines[i]) == wanted) { print_it[i] = 1; count-- }
		}
		function kind(line) { return line ~ / dependency_[a-z_]*\.go:/ ? "order" : namespace != "" && index(line, namespace) ? "rest" : "" }
		/^[A-Z][0-9]/ { at = substr($0, 2, length(until)); if (at > until) { late = 1; exit } }
		/ dependency_[a-z_]*\.go:/ && match($0, /pod="[^"\/]+\//) { namespace = substr($0, RSTART + 5, RLENGTH - 6) }
		{ lines[++n] = $0; delete lines[n - 20000] }
		END {
			if (!late) exit
			last_of(15, "order"); last_of(15, "rest")
			for (i = n > 20000 ? n - 20000 : 1; i <= n; i++) if (i in print_it) print "    kubelet: " substr(lines[i], 1, 240)
		}' "$2"
}
