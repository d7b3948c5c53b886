# SPDX-License-Identifier: Apache-2.0
# What the project's shell scripts share. To be sourced from the repository's root.

# BUILD_FLAGS are upstream's for a release, so that all builds share one cache, whatever the tree's path.
BUILD_FLAGS=(-trimpath -tags selinux,notest,grpcnotrace)
OUT=_output
TREE=$OUT/kubernetes
PRISTINE=$OUT/pristine

# TOUCHED are the upstream packages that have files of ours or seams.
TOUCHED=(./pkg/features ./pkg/kubelet ./pkg/kubelet/events ./pkg/kubelet/kuberuntime ./pkg/kubelet/metrics ./pkg/kubelet/prober ./pkg/kubelet/status)
# They also have the new fields, or tests that go through the fields of all API types.
TOUCHED+=(./pkg/apis/core ./pkg/generated/openapi ./pkg/kubelet/config ./pkg/kubelet/types ./pkg/util/hash ./staging/src/k8s.io/api/core/v1)
# And these validate, default and drop them, as an API server does.
TOUCHED+=(./pkg/api/pod ./pkg/apis/core/helper ./pkg/apis/core/validation ./pkg/registry/core/pod)
# RANDOM_OBJECTS are such packages whose tests fill API objects at random. The tag notest leaves upstream's fillers out, and
# without these the tests fail on upstream's sources alone.
RANDOM_OBJECTS=(./pkg/api/testing ./pkg/apis/core/v1 ./staging/src/k8s.io/api)
RANDOM_FLAGS=(-tags selinux,grpcnotrace)
# OWN are packages of ours alone in the assembled tree.
OWN=(./pkg/api/v1/dependency ./pkg/api/v1/dependency/apifield ./pkg/kubelet/ordering ./pkg/util/podstop ./staging/src/k8s.io/client-go/applyconfigurations)
OWN+=(./test/utils/actor)
# OWN_RANDOM is such a package with the flags of RANDOM_OBJECTS.
OWN_RANDOM=(./pkg/apis/core/fuzzer)
# GATE_OFF is what turns the feature gate off by default.
GATE_OFF='-X k8s.io/kubernetes/pkg/features.containerDependenciesDefault=false'
# OURS are our own tests in upstream's packages, by name: they say themselves which gate they want.
OURS='^(Test|Fuzz)(Dependency|ContainerDependencies)'

SECONDS=0
say() { printf '\033[1m[%4ds] %s\033[0m\n' "$SECONDS" "$*"; }

# step WHAT COMMAND... runs a command that may be silent for minutes and says every half a minute that it still runs.
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

# need COMMAND PACKAGE... installs Debian packages when the command is missing.
need() {
	local command=$1
	shift
	command -v "$command" >/dev/null && return
	command -v apt-get >/dev/null || { echo "$command is missing and there is no apt-get: install it and try again" >&2; return 1; }
	step "reading the list of packages" apt-get update -q
	step "installing $*" env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "$@"
}

# patterns FILE joins the regular expressions of a file.
patterns() { grep -Ev '^(#|$)' "$1" | paste -sd'|'; }

# in_tree TREE COMMAND... runs a command in an assembled tree.
in_tree() { (cd "$1" && shift && "$@"); }

# tool NAME... builds tools that hack/tools pins into _output/tools. Cold golangci-lint takes some minutes, the others seconds.
tool() {
	local name
	mkdir -p $OUT/tools
	for name; do
		(cd hack/tools && go build -o "$OLDPWD/$OUT/tools/" "$(go list -f '{{.ImportPath}}' tool | grep "/$name\$")")
	done
}

# run_tests NAME DIRECTORY GO-TEST-ARGUMENTS... runs tests, once each, and fails when one fails or none passes. It prints a line for
# each package, what the failed ones said, the slowest and the counts, and leaves a JUnit report in _output/reports.
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

# reports sums up all JUnit reports of a run in one line.
reports() {
	awk "$ATTRIBUTE"'
		/<testsuites / { tests += attribute("tests"); failed += attribute("failures") + attribute("errors"); n++ }
		END { printf "DONE %d tests, %d failures, in %d reports\n", tests, failed, n }' $OUT/reports/*.xml
}

# counts REPORT prints for each package of a JUnit report that has tests: its name, and how many passed, failed and were skipped.
counts() {
	awk "$ATTRIBUTE"'
		/<testsuite / { package = attribute("name"); tests = attribute("tests"); failed = attribute("failures"); skipped = 0 }
		/<skipped/ { skipped++ }
		/<\/testsuite>/ && tests > 0 { print package, tests - failed - skipped, failed, skipped }' "$1"
}
