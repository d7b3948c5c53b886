// SPDX-License-Identifier: Apache-2.0

package main

import "example.com/shop/store"

func main() {
	s := store.Open("corner")
	s.Sell("pear", "")
}
