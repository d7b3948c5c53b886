// SPDX-License-Identifier: Apache-2.0

package v1

import "fmt"

// Field numbers of ContainerDependency in dependency.proto.
const (
	dependencyContainerNumber = 1
	dependencyConditionNumber = 2
	dependencyOptionalNumber  = 3
	dependencyTypeNumber      = 4
)

// Reset sets all fields to their zero values.
func (m *ContainerDependency) Reset() { *m = ContainerDependency{} }

// Size returns the length of the encoded message in bytes.
func (m *ContainerDependency) Size() (n int) {
	if m == nil {
		return 0
	}
	n = sizeOfBytes(dependencyContainerNumber, len(m.Container)) + sizeOfBytes(dependencyConditionNumber, len(m.Condition)) +
		sizeOfBytes(dependencyTypeNumber, len(m.Type))
	if m.Optional != nil {
		n += sizeOfVarint(dependencyOptionalNumber, 1)
	}
	return n
}

// Marshal returns the protobuf encoding of the message. It also encodes empty strings, as for all API types.
func (m *ContainerDependency) Marshal() (dAtA []byte, err error) {
	dAtA = make([]byte, m.Size())
	n, err := m.MarshalToSizedBuffer(dAtA)
	if err != nil {
		return nil, err
	}
	return dAtA[:n], nil
}

// MarshalTo encodes the message at the beginning of dAtA, which must have at least Size bytes, and returns the length in bytes.
func (m *ContainerDependency) MarshalTo(dAtA []byte) (int, error) {
	return m.MarshalToSizedBuffer(dAtA[:m.Size()])
}

// MarshalToSizedBuffer encodes the message at the end of dAtA, which must have at least Size bytes, and returns the length in
// bytes.
func (m *ContainerDependency) MarshalToSizedBuffer(dAtA []byte) (int, error) {
	i := putString(dAtA, len(dAtA), dependencyTypeNumber, string(m.Type))
	if m.Optional != nil {
		var value uint64
		if *m.Optional {
			value = 1
		}
		i = putVarint(dAtA, i, dependencyOptionalNumber, value)
	}
	i = putString(dAtA, i, dependencyConditionNumber, string(m.Condition))
	i = putString(dAtA, i, dependencyContainerNumber, m.Container)
	return len(dAtA) - i, nil
}

// Unmarshal merges an encoded message into m. It skips unknown fields, and returns an error if dAtA is not a protobuf message.
func (m *ContainerDependency) Unmarshal(dAtA []byte) error {
	return eachWireField(dAtA, func(f wireField) error {
		switch f.number {
		case dependencyContainerNumber:
			value, err := f.bytes("Container")
			if err != nil {
				return err
			}
			m.Container = string(value)
		case dependencyConditionNumber:
			value, err := f.bytes("Condition")
			if err != nil {
				return err
			}
			m.Condition = ContainerDependencyCondition(value)
		case dependencyOptionalNumber:
			value, err := f.varint("Optional")
			if err != nil {
				return err
			}
			m.Optional = new(value != 0)
		case dependencyTypeNumber:
			value, err := f.bytes("Type")
			if err != nil {
				return err
			}
			m.Type = LifecycleType(value)
		}
		return nil
	})
}

// String returns the fields in the format of upstream's generated methods, for logs.
func (m *ContainerDependency) String() string {
	if m == nil {
		return "nil"
	}
	return fmt.Sprintf("&ContainerDependency{Container:%s,Condition:%s,Optional:%s,Type:%s,}",
		m.Container, m.Condition, valueToStringGenerated(m.Optional), m.Type)
}
