// SPDX-License-Identifier: Apache-2.0

package v1

// OpenAPIModelName returns the name of the type in OpenAPI documents.
func (in ContainerDependency) OpenAPIModelName() string {
	return "io.k8s.api.core.v1.ContainerDependency"
}
