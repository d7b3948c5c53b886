// SPDX-License-Identifier: Apache-2.0

package lint

import (
	"encoding/json"
	"fmt"
	"path/filepath"
)

// object is a JSON object.
type object = map[string]any

// SARIF returns the problems in the format that code scanners exchange, version 2.1.0.
func SARIF(problems []Problem) ([]byte, error) {
	rules := []object{}
	for _, r := range Rules() {
		rules = append(rules, object{"id": r.Name, "shortDescription": object{"text": r.About}})
	}
	results := []object{}
	for _, p := range problems {
		location := object{"logicalLocations": []object{{"fullyQualifiedName": p.Object + ": " + p.Path}}}
		if p.File != "" && p.Line > 0 {
			location["physicalLocation"] = object{
				"artifactLocation": object{"uri": filepath.ToSlash(p.File)}, "region": object{"startLine": p.Line},
			}
		}
		results = append(results, object{
			"ruleId": p.Rule, "level": p.Severity, "message": object{"text": p.Object + ": " + p.Path + ": " + p.Message}, "locations": []object{location},
		})
	}
	text, err := json.MarshalIndent(object{
		"$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0",
		"runs": []object{{"tool": object{"driver": object{"name": "kubectl-order", "rules": rules}}, "results": results}},
	}, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("write SARIF: %w", err)
	}
	return text, nil
}
