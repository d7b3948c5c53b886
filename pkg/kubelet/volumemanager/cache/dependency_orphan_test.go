// SPDX-License-Identifier: Apache-2.0

package cache

import (
	"testing"

	v1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	kubetypes "k8s.io/apimachinery/pkg/types"
	"k8s.io/klog/v2"

	"k8s.io/kubernetes/pkg/kubelet/ordering"
	"k8s.io/kubernetes/pkg/volume"
	volumetesting "k8s.io/kubernetes/pkg/volume/testing"
	"k8s.io/kubernetes/pkg/volume/util"
)

// An orphan that stops in order keeps its volumes. For a pod that the volume manager knows, and for all others, the answer is
// upstream's.
func TestDependencyOrphanKeepsItsVolumes(t *testing.T) {
	for name, tt := range map[string]struct {
		// runs means that the pod may run in a sandbox with a plan, known that the volume manager has its object.
		runs, known bool
		// other is a volume that the pod's object does not have.
		other bool
		want  bool
	}{
		"orphan":                            {runs: true, want: true},
		"orphan that has stopped":           {},
		"pod":                               {runs: true, known: true, want: true},
		"volume that the pod does not have": {runs: true, known: true, other: true},
	} {
		t.Run(name, func(t *testing.T) {
			plugins, _ := volumetesting.GetTestVolumePluginMgr(t)
			dsw := NewDesiredStateOfWorld(plugins, util.NewFakeSELinuxLabelTranslator())
			pod := &v1.Pod{
				ObjectMeta: metav1.ObjectMeta{Name: "pod", UID: "uid"},
				Spec: v1.PodSpec{Volumes: []v1.Volume{{Name: "data", VolumeSource: v1.VolumeSource{
					GCEPersistentDisk: &v1.GCEPersistentDiskVolumeSource{PDName: "disk"}}}}},
			}
			podName, volumeName := util.GetUniquePodName(pod), v1.UniqueVolumeName("data")
			if tt.known {
				added, err := dsw.AddPodToVolume(klog.Logger{}, podName, pod, &volume.Spec{Volume: &pod.Spec.Volumes[0]}, "data", "", nil)
				if err != nil {
					t.Fatal(err)
				}
				volumeName = added
			}
			if tt.other {
				volumeName = "other"
			}
			ordering.SetRuns(func(uid kubetypes.UID) bool { return tt.runs && uid == pod.UID })
			t.Cleanup(func() { ordering.SetRuns(func(kubetypes.UID) bool { return false }) })
			if got := dsw.PodExistsInVolume(podName, volumeName, ""); got != tt.want {
				t.Errorf("the volume counts as in use: %t, want %t", got, tt.want)
			}
			if dsw.PodExistsInVolume("ordinary", volumeName, "") {
				t.Error("the volume counts as in use by another pod")
			}
		})
	}
}
