// SPDX-License-Identifier: Apache-2.0

package drawing

import (
	"cmp"
	"slices"
)

// slot is a place in a layer: of a container, or of an arrow that passes.
type slot struct {
	// container is -1 for an arrow that passes.
	container int
	// before are the slots in the layer before that lead to it, after those in the next one.
	before, after []*slot
	// row is its place in the layer, from 0.
	row    int
	weight float64
}

// layout has the slots by layer, and a way through them for each edge.
type layout struct {
	layers [][]*slot
	ways   [][]*slot
}

// maxPassing is the greatest number of slots for arrows that pass. Beyond it, arrows go straight.
const maxPassing = 2000

// newLayout places the containers in columns so that few arrows cross. Each edge leads from an earlier layer to a later one.
func newLayout(layerOf []int, edges [][2]int) *layout {
	l := &layout{}
	slots := make([]*slot, len(layerOf))
	for i, layer := range layerOf {
		for len(l.layers) <= layer {
			l.layers = append(l.layers, nil)
		}
		slots[i] = &slot{container: i}
		l.layers[layer] = append(l.layers[layer], slots[i])
	}
	passing := 0
	for _, e := range edges {
		way := []*slot{slots[e[0]]}
		for layer := layerOf[e[0]] + 1; layer < layerOf[e[1]] && passing < maxPassing; layer++ {
			s := &slot{container: -1}
			l.layers[layer] = append(l.layers[layer], s)
			way = append(way, s)
			passing++
		}
		way = append(way, slots[e[1]])
		for i := 1; i < len(way); i++ {
			way[i-1].after = append(way[i-1].after, way[i])
			way[i].before = append(way[i].before, way[i-1])
		}
		l.ways = append(l.ways, way)
	}
	l.number()
	// Each sweep puts a slot where the middle of its neighbours is.
	for range 4 {
		for _, layer := range l.layers {
			sortBy(layer, func(s *slot) []*slot { return s.before })
		}
		for _, layer := range slices.Backward(l.layers) {
			sortBy(layer, func(s *slot) []*slot { return s.after })
		}
	}
	for _, layer := range l.layers {
		sortBy(layer, func(s *slot) []*slot { return s.before })
	}
	return l
}

func (l *layout) number() {
	for _, layer := range l.layers {
		for i, s := range layer {
			s.row = i
		}
	}
}

func sortBy(layer []*slot, neighbours func(*slot) []*slot) {
	for _, s := range layer {
		s.weight = float64(s.row)
		if all := neighbours(s); len(all) > 0 {
			sum := 0
			for _, n := range all {
				sum += n.row
			}
			s.weight = float64(sum) / float64(len(all))
		}
	}
	slices.SortStableFunc(layer, func(a, b *slot) int { return cmp.Compare(a.weight, b.weight) })
	for i, s := range layer {
		s.row = i
	}
}
