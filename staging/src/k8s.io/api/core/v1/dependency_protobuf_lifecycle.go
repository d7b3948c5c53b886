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
	for _, name := range m.Before {
		n += sizeOfBytes(lifecycleBeforeNumber, len(name))
	}
	if m.StopTimeoutSeconds != nil {
		n += sizeOfVarint(lifecycleStopTimeoutSecondsNumber, uint64(*m.StopTimeoutSeconds))
	}
	return n
}

// MarshalToSizedBuffer also encodes the ordering fields. It writes backwards from the end of dAtA, as all such methods do.
// The ordering fields have the highest numbers, so they come last.
//
//upstream:wrap (*Lifecycle).MarshalToSizedBuffer body=f14fe4106118a70b
func (m *Lifecycle) MarshalToSizedBuffer(dAtA []byte) (int, error) {
	i := len(dAtA)
	if m.StopTimeoutSeconds != nil {
		i = putVarint(dAtA, i, lifecycleStopTimeoutSecondsNumber, uint64(*m.StopTimeoutSeconds))
	}
	for j := len(m.Before) - 1; j >= 0; j-- {
		i = putString(dAtA, i, lifecycleBeforeNumber, m.Before[j])
	}
	for j := len(m.DependsOn) - 1; j >= 0; j-- {
		n, err := m.DependsOn[j].MarshalToSizedBuffer(dAtA[:i])
		if err != nil {
			return 0, err
		}
		i = putHeader(dAtA, i-n, lifecycleDependsOnNumber, n)
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
		value, err := f.bytes("DependsOn")
		if err != nil {
			return err
		}
		var dependency ContainerDependency
		if err := dependency.Unmarshal(value); err != nil {
			return err
		}
		m.DependsOn = append(m.DependsOn, dependency)
	case lifecycleBeforeNumber:
		value, err := f.bytes("Before")
		if err != nil {
			return err
		}
		m.Before = append(m.Before, string(value))
	case lifecycleStopTimeoutSecondsNumber:
		value, err := f.varint("StopTimeoutSeconds")
		if err != nil {
			return err
		}
		m.StopTimeoutSeconds = new(int64(value))
	}
	return nil
}

// String includes the ordering fields if any of them is set.
//
//upstream:wrap (*Lifecycle).String body=87d3b84ba250f594
func (this *Lifecycle) String() string {
	s := this.upstreamString()
	if this == nil || this.Type == nil && len(this.DependsOn) == 0 && len(this.Before) == 0 && this.StopTimeoutSeconds == nil {
		return s
	}
	var dependencies strings.Builder
	for i := range this.DependsOn {
		dependencies.WriteString(strings.TrimPrefix(this.DependsOn[i].String(), "&") + ",")
	}
	return fmt.Sprintf("%sType:%s,DependsOn:[]ContainerDependency{%s},Before:%v,StopTimeoutSeconds:%s,}", strings.TrimSuffix(s, "}"),
		valueToStringGenerated(this.Type), &dependencies, this.Before, valueToStringGenerated(this.StopTimeoutSeconds))
}
