// SPDX-License-Identifier: Apache-2.0

package e2ecluster

import (
	v1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// httpProbe returns a probe that asks for the path.
func httpProbe(port int32, path string) *v1.Probe {
	return &v1.Probe{
		ProbeHandler:  v1.ProbeHandler{HTTPGet: &v1.HTTPGetAction{Port: intstr.FromInt32(port), Path: path}},
		PeriodSeconds: 1,
	}
}
