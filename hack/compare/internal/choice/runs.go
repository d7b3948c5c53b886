// SPDX-License-Identifier: Apache-2.0

package choice

import (
	"cmp"
	"maps"
	"regexp"
	"slices"
	"strings"

	"kubelet-ordering/hack/compare/internal/report"
)

// Way is how the suite has to run a spec. Specs with the same way can share a run.
type Way struct {
	// Serial specs run one after another.
	Serial bool
	// Alone means that no other node may run on the machine, because the specs fill it.
	Alone bool
	// Disk means that the node needs a disk of its own, because the specs fill it.
	Disk bool
	// HugePages means that the specs set how many huge pages the machine has, so that only one node may run such specs.
	HugePages bool
	// Standalone means a kubelet without an API server.
	Standalone bool
	// CRIProxy means that the kubelet talks to the runtime through the suite, which injects failures.
	CRIProxy bool
	// Gates means that the feature gates are on that upstream turns off by default.
	Gates bool
}

// WayOf returns the way to run a spec.
func WayOf(spec report.Spec) Way {
	has := func(label string) bool { return slices.Contains(spec.Labels, label) }
	proxy := has("Feature:CriProxy") || strings.Contains(spec.Name, "with CRI Proxy")
	return Way{
		// Of several processes of the suite only the first has the proxy.
		Serial:     spec.Serial || proxy || fillsMachine.MatchString(spec.Name) || fillsDisk.MatchString(spec.Name),
		Alone:      fillsMachine.MatchString(spec.Name),
		Disk:       fillsDisk.MatchString(spec.Name),
		HugePages:  hugePages.MatchString(spec.Name),
		Standalone: has("Feature:StandaloneMode"),
		CRIProxy:   proxy,
		Gates:      has(offByDefault) && !has(deprecated),
	}
}

var (
	// fillsMachine matches specs that use up the machine's memory or process IDs. Those that only fill the cgroup of a node's pods
	// or of a container may run beside others.
	fillsMachine = regexp.MustCompile(`Priority(Memory|Pid)Eviction`)
	// fillsDisk matches specs that use up the bytes or inodes of a disk, or wait until images are removed from it.
	fillsDisk = regexp.MustCompile(`(Storage|Inode)\w*Eviction|ImageGC|DiskGC|ImageGarbageCollect|upon DiskPressure`)
	// hugePages matches specs that reserve huge pages; those of the CPU and topology managers do not.
	hugePages = regexp.MustCompile(`HugePages|Memory Manager|MemoryManager`)
)

const (
	// offByDefault is upstream's label for specs that need gates to be turned on.
	offByDefault = "Feature:OffByDefault"
	// deprecated is upstream's label for specs of a gate that turns former behaviour on: they are about the behaviour without.
	deprecated = "Deprecated"
)

// Gates returns the feature gates that the specs with the way Gates need, as a value for -feature-gates.
func Gates(specs []report.Spec) string {
	on := map[string]bool{}
	for _, spec := range specs {
		for _, label := range spec.Labels {
			if gate, ok := strings.CutPrefix(label, "FeatureGate:"); ok && WayOf(spec).Gates {
				on[gate+"=true"] = true
			}
		}
	}
	return strings.Join(slices.Sorted(maps.Keys(on)), ",")
}

// Run is a run of the suite.
type Run struct {
	Way
	Specs []report.Spec
}

// first are the specs that come first, in this order: what is closest to our changes tells soonest.
var first = []*regexp.Regexp{
	regexp.MustCompile(`Containers Lifecycle`),
	regexp.MustCompile(`Prob(e|ing)`),
	regexp.MustCompile(`\] (Pods|InitContainer|Container Lifecycle Hook|Lifecycle|Restartable|Ephemeral|Container Runtime)|Restart|container restart`),
	regexp.MustCompile(`(?i)mirror|static ?pod|termin|condition|status|Deleted pods|Unknown Pods|Pods API`),
	regexp.MustCompile(`(?i)image|GarbageCollect|Summary|metric`),
	regexp.MustCompile(`StandaloneMode|Evict|Critical|NodeShutdown`),
	regexp.MustCompile(`InPlace|Namespaces|Pod Level Resources`),
	regexp.MustCompile(`Device|CPU|Memory`),
}

// rank says how early a spec comes; those of an Ordered container come together.
func rank(spec report.Spec) int {
	for i, pattern := range first {
		if pattern.MatchString(cmp.Or(spec.Ordered, spec.Name)) {
			return i
		}
	}
	return len(first)
}

// Whole returns those of all specs that are chosen, or belong to an Ordered container of one that is.
func Whole(all []report.Spec, chosen func(report.Spec) bool) []report.Spec {
	ordered := map[string]bool{}
	for _, spec := range all {
		if spec.Ordered != "" && chosen(spec) {
			ordered[spec.Ordered] = true
		}
	}
	return slices.DeleteFunc(slices.Clone(all), func(spec report.Spec) bool { return !ordered[spec.Ordered] && !chosen(spec) })
}

// Runs divides specs into runs of at most size specs that are run the same way, the most important first, but those that fill a disk
// before all others, and those that run alone last. A run is longer where an Ordered container would be divided. The specs of each must
// follow each other, as they do in the order of names.
func Runs(specs []report.Spec, size int) []Run {
	specs = slices.Clone(specs)
	slices.SortStableFunc(specs, func(a, b report.Spec) int {
		return cmp.Or(cmp.Compare(rank(a), rank(b)), strings.Compare(a.Group, b.Group))
	})
	var runs []Run
	// open is the index of the run of a way that has room left.
	open := map[Way]int{}
	for _, spec := range specs {
		way := WayOf(spec)
		i, ok := open[way]
		if !ok || len(runs[i].Specs) >= size && (spec.Ordered == "" || runs[i].Specs[len(runs[i].Specs)-1].Ordered != spec.Ordered) {
			i = len(runs)
			runs, open[way] = append(runs, Run{Way: way}), i
		}
		runs[i].Specs = append(runs[i].Specs, spec)
	}
	turn := func(run Run) int {
		switch {
		case run.Disk:
			// It takes an hour, so that others had better run beside it.
			return -1
		case run.Alone:
			// Before it, all others have to end.
			return 1
		}
		return 0
	}
	slices.SortStableFunc(runs, func(a, b Run) int { return turn(a) - turn(b) })
	return runs
}
