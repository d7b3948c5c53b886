// SPDX-License-Identifier: Apache-2.0

package internal

import (
	"fmt"
	"slices"
	"sync"

	"sigs.k8s.io/structured-merge-diff/v6/schema"
	"sigs.k8s.io/structured-merge-diff/v6/typed"
)

// orderYAML describes what upstream's schema does not have: fields of a type of upstream, and a type of ours.
const orderYAML = typed.YAMLObject(`types:
- name: io.k8s.api.core.v1.Lifecycle
  map:
    fields:
    - name: before
      type:
        list:
          elementType:
            scalar: string
          elementRelationship: associative
    - name: dependsOn
      type:
        list:
          elementType:
            namedType: io.k8s.api.core.v1.ContainerDependency
          elementRelationship: associative
          keys:
          - container
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
    - name: container
      type:
        scalar: string
      default: ""
    - name: optional
      type:
        scalar: boolean
`)

var joinOrder sync.Once

// Parser knows our fields and types too.
//
//upstream:wrap Parser body=6f82d67ed248fe61
func Parser() *typed.Parser {
	parser := upstreamParser()
	// Before anybody resolves a type: a schema keeps what it has resolved.
	joinOrder.Do(func() {
		order, err := typed.NewParser(orderYAML)
		if err != nil {
			panic(fmt.Sprintf("the schema of the ordering of containers: %v", err))
		}
		joinTypes(&parser.Schema, order.Schema.Types)
	})
	return parser
}

// joinTypes adds the fields of types that the schema has, and all of the others.
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
