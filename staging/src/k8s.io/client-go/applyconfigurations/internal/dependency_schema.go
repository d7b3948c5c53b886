// SPDX-License-Identifier: Apache-2.0

package internal

import (
	"fmt"
	"slices"
	"sync"

	"sigs.k8s.io/structured-merge-diff/v6/schema"
	"sigs.k8s.io/structured-merge-diff/v6/typed"
)

// orderYAML is the schema of the ordering fields of Lifecycle, and of ContainerDependency.
const orderYAML = typed.YAMLObject(`types:
- name: io.k8s.api.core.v1.Lifecycle
  map:
    fields:
    - name: before
      type:
        list:
          elementType:
            namedType: io.k8s.api.core.v1.ContainerDependency
          elementRelationship: associative
          keys:
          - container
          - type
    - name: dependsOn
      type:
        list:
          elementType:
            namedType: io.k8s.api.core.v1.ContainerDependency
          elementRelationship: associative
          keys:
          - container
          - type
    - name: preStopTiming
      type:
        scalar: string
    - name: stopTimeoutSeconds
      type:
        scalar: numeric
    - name: type
      type:
        scalar: string
- name: io.k8s.api.core.v1.ContainerDependency
  map:
    fields:
    - name: condition
      type:
        scalar: string
      default: Ready
    - name: container
      type:
        scalar: string
      default: ""
    - name: optional
      type:
        scalar: boolean
    - name: type
      type:
        scalar: string
      default: ""
`)

var joinOrder sync.Once

// Parser also has the schema of the ordering fields.
//
//upstream:wrap Parser body=6f82d67ed248fe61
func Parser() *typed.Parser {
	parser := upstreamParser()
	// This must happen before any type is resolved, because a schema caches resolved types.
	joinOrder.Do(func() {
		order, err := typed.NewParser(orderYAML)
		if err != nil {
			panic(fmt.Sprintf("the schema of the ordering of containers: %v", err))
		}
		joinTypes(&parser.Schema, order.Schema.Types)
	})
	return parser
}

// joinTypes adds the types to the schema. For a type that the schema already has, it adds the fields.
func joinTypes(to *schema.Schema, types []schema.TypeDef) {
	for _, t := range types {
		i := slices.IndexFunc(to.Types, func(have schema.TypeDef) bool { return have.Name == t.Name })
		if i < 0 {
			to.Types = append(to.Types, t)
			continue
		}
		to.Types[i].Map.Fields = append(to.Types[i].Map.Fields, t.Map.Fields...)
	}
}
