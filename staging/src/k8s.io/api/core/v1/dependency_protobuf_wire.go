// SPDX-License-Identifier: Apache-2.0

package v1

import (
	"encoding/binary"
	"fmt"
	"io"
)

// The wire types of the ordering fields.
const (
	wireVarint = 0
	wireBytes  = 2
)

func sizeOfBytes(number, length int) int {
	return sizeOfVarint(number, uint64(length)) + length
}

func sizeOfVarint(number int, value uint64) int {
	return sovGenerated(uint64(number)<<3) + sovGenerated(value)
}

// The put functions write backwards from offset and return the new offset.

func putVarint(data []byte, offset, number int, value uint64) int {
	offset = encodeVarintGenerated(data, offset, value)
	return encodeVarintGenerated(data, offset, uint64(number)<<3|wireVarint)
}

func putHeader(data []byte, offset, number, length int) int {
	offset = encodeVarintGenerated(data, offset, uint64(length))
	return encodeVarintGenerated(data, offset, uint64(number)<<3|wireBytes)
}

func putString(data []byte, offset, number int, value string) int {
	offset -= len(value)
	copy(data[offset:], value)
	return putHeader(data, offset, number, len(value))
}

// A wireField is one field of an encoded message.
type wireField struct {
	number   int32
	wireType int
	// value has the bytes after the tag. skipGenerated has checked that it is complete.
	value []byte
}

// eachWireField calls visit for each field of an encoded message, in order. It returns the same errors as generated methods.
func eachWireField(data []byte, visit func(wireField) error) error {
	for len(data) > 0 {
		n, err := skipGenerated(data)
		if err != nil {
			return err
		}
		if n < 0 {
			return ErrInvalidLengthGenerated
		}
		if n > len(data) {
			return io.ErrUnexpectedEOF
		}
		field := data[:n]
		data = data[n:]
		tag, length := binary.Uvarint(field)
		if length <= 0 {
			continue // generated methods ignore bits above 64; no ordering field has such a tag
		}
		f := wireField{number: int32(tag >> 3), wireType: int(tag & 7), value: field[length:]}
		if f.number <= 0 {
			return fmt.Errorf("proto: illegal tag %d (wire type %d)", f.number, f.wireType)
		}
		if err := visit(f); err != nil {
			return err
		}
	}
	return nil
}

// bytes returns the value of a string or message field. The name of the field is for the error.
func (f wireField) bytes(name string) ([]byte, error) {
	if f.wireType != wireBytes {
		return nil, fmt.Errorf("proto: wrong wireType = %d for field %s", f.wireType, name)
	}
	length, n := binary.Uvarint(f.value)
	if n <= 0 {
		return nil, ErrIntOverflowGenerated
	}
	value := f.value[n:]
	if length != uint64(len(value)) {
		return nil, ErrInvalidLengthGenerated
	}
	return value, nil
}

// varint returns the value of a number field. The name of the field is for the error.
func (f wireField) varint(name string) (uint64, error) {
	if f.wireType != wireVarint {
		return 0, fmt.Errorf("proto: wrong wireType = %d for field %s", f.wireType, name)
	}
	value, n := binary.Uvarint(f.value)
	if n <= 0 {
		return 0, ErrIntOverflowGenerated
	}
	return value, nil
}
