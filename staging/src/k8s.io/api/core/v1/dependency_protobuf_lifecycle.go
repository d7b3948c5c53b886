// SPDX-License-Identifier: Apache-2.0

package v1

import (
	"fmt"
	"strings"
)

// Field numbers of the ordering fields of Lifecycle in dependency.proto.
const (
	lifecycleTypeNumber               = 1001
	lifecycleDependsOnNumber          = 1002
	lifecycleBeforeNumber             = 1003
	lifecycleStopTimeoutSecondsNumber = 1004
	lifecyclePreStopTimingNumber      = 1005
)

// Size includes the ordering fields.
//
//upstream:wrap (*Lifecycle).Size body=7729070b9b0baa88
func (m *Lifecycle) Size() (n int) {
	if m == nil {
		return 0
	}
	n = m.upstreamSize()
	if m.Type != nil {
		n += sizeOfBytes(lifecycleTypeNumber, len(*m.Type))
	}
	for i := range m.DependsOn {
		n += sizeOfBytes(lifecycleDependsOnNumber, m.DependsOn[i].Size())
	}
	for i := range m.Before {
		n += sizeOfBytes(lifecycleBeforeNumber, m.Before[i].Size())
	}
	if m.StopTimeoutSeconds != nil {
		n += sizeOfVarint(lifecycleStopTimeoutSecondsNumber, uint64(*m.StopTimeoutSeconds))
	}
	if m.PreStopTiming != nil {
		n += sizeOfBytes(lifecyclePreStopTimingNumber, len(*m.PreStopTiming))
	}
	return n
}

// MarshalToSizedBuffer also encodes the ordering fields. It writes backwards from the end of dAtA, as all such methods do.
// The ordering fields have the highest numbers, so they come last.
//
//upstream:wrap (*Lifecycle).MarshalToSizedBuffer body=f14fe4106118a70b
func (m *Lifecycle) MarshalToSizedBuffer(dAtA []byte) (int, error) {
	i := len(dAtA)
	if m.PreStopTiming != nil {
		i = putString(dAtA, i, lifecyclePreStopTimingNumber, string(*m.PreStopTiming))
	}
	if m.StopTimeoutSeconds != nil {
		i = putVarint(dAtA, i, lifecycleStopTimeoutSecondsNumber, uint64(*m.StopTimeoutSeconds))
	}
	i, err := putDependencies(dAtA, i, lifecycleBeforeNumber, m.Before)
	if err != nil {
		return 0, err
	}
	i, err = putDependencies(dAtA, i, lifecycleDependsOnNumber, m.DependsOn)
	if err != nil {
		return 0, err
	}
	if m.Type != nil {
		i = putString(dAtA, i, lifecycleTypeNumber, string(*m.Type))
	}
	n, err := m.upstreamMarshalToSizedBuffer(dAtA[:i])
	if err != nil {
		return 0, err
	}
	return len(dAtA) - i + n, nil
}

// putDependencies writes a list backwards from offset and returns the new offset.
func putDependencies(dAtA []byte, offset, number int, list []ContainerDependency) (int, error) {
	for j := len(list) - 1; j >= 0; j-- {
		n, err := list[j].MarshalToSizedBuffer(dAtA[:offset])
		if err != nil {
			return 0, err
		}
		offset = putHeader(dAtA, offset-n, number, n)
	}
	return offset, nil
}

// Unmarshal calls upstream's method, which skips the ordering fields as unknown, and then decodes the ordering fields.
//
//upstream:wrap (*Lifecycle).Unmarshal body=3e5b9602964b780d
func (m *Lifecycle) Unmarshal(dAtA []byte) error {
	if err := m.upstreamUnmarshal(dAtA); err != nil {
		return err
	}
	return eachWireField(dAtA, m.unmarshalOrder)
}

func (m *Lifecycle) unmarshalOrder(f wireField) error {
	switch f.number {
	case lifecycleTypeNumber:
		value, err := f.bytes("Type")
		if err != nil {
			return err
		}
		m.Type = new(LifecycleType(value))
	case lifecycleDependsOnNumber:
		return appendDependency(&m.DependsOn, f, "DependsOn")
	case lifecycleBeforeNumber:
		return appendDependency(&m.Before, f, "Before")
	case lifecycleStopTimeoutSecondsNumber:
		value, err := f.varint("StopTimeoutSeconds")
		if err != nil {
			return err
		}
		m.StopTimeoutSeconds = new(int64(value))
	case lifecyclePreStopTimingNumber:
		value, err := f.bytes("PreStopTiming")
		if err != nil {
			return err
		}
		m.PreStopTiming = new(PreStopTiming(value))
	}
	return nil
}

// appendDependency decodes an entry of a list. The name of the list is for the error.
func appendDependency(list *[]ContainerDependency, f wireField, name string) error {
	value, err := f.bytes(name)
	if err != nil {
		return err
	}
	var dependency ContainerDependency
	if err := dependency.Unmarshal(value); err != nil {
		return err
	}
	*list = append(*list, dependency)
	return nil
}

// String includes the ordering fields if any of them is set.
//
//upstream:wrap (*Lifecycle).String body=87d3b84ba250f594
func (this *Lifecycle) String() string {
	s := this.upstreamString()
	if this == nil || this.Type == nil && len(this.DependsOn) == 0 && len(this.Before) == 0 && this.PreStopTiming == nil &&
		this.StopTimeoutSeconds == nil {
		return s
	}
	return fmt.Sprintf("%sType:%s,DependsOn:%s,Before:%s,PreStopTiming:%s,StopTimeoutSeconds:%s,}", strings.TrimSuffix(s, "}"),
		valueToStringGenerated(this.Type), dependenciesToString(this.DependsOn), dependenciesToString(this.Before),
		valueToStringGenerated(this.PreStopTiming), valueToStringGenerated(this.StopTimeoutSeconds))
}

func dependenciesToString(list []ContainerDependency) string {
	var entries strings.Builder
	for i := range list {
		entries.WriteString(strings.TrimPrefix(list[i].String(), "&") + ",")
	}
	return "[]ContainerDependency{" + entries.String() + "}"
}
