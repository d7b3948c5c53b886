// SPDX-License-Identifier: Apache-2.0

package main

import _ "embed"

// mission is the built-in pod.
//
//go:embed pods/mission.yaml
var mission []byte
