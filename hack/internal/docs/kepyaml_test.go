// SPDX-License-Identifier: Apache-2.0

package docs

// KEPMetadata has the fields that kep.yaml may have.
type KEPMetadata struct {
	Title             string            `json:"title"`
	KEPNumber         string            `json:"kep-number"`
	Authors           []string          `json:"authors"`
	OwningSIG         string            `json:"owning-sig"`
	ParticipatingSIGs []string          `json:"participating-sigs"`
	Status            string            `json:"status"`
	CreationDate      string            `json:"creation-date"`
	Reviewers         []string          `json:"reviewers"`
	Approvers         []string          `json:"approvers"`
	SeeAlso           []string          `json:"see-also"`
	Replaces          []string          `json:"replaces"`
	Stage             string            `json:"stage"`
	LatestMilestone   string            `json:"latest-milestone"`
	Milestone         map[string]string `json:"milestone"`
	FeatureGates      []KEPFeatureGate  `json:"feature-gates"`
	DisableSupported  bool              `json:"disable-supported"`
	Metrics           []string          `json:"metrics"`
}

// KEPFeatureGate is a gate and the components that need it.
type KEPFeatureGate struct {
	Name       string   `json:"name"`
	Components []string `json:"components"`
}
