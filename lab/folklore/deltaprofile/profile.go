package main

import (
	"compress/gzip"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net/http"
)

// inuseSpace fetches a heap profile and sums the last value (inuse_space) of all samples.
func inuseSpace(url string) (int64, error) {
	resp, err := http.Get(url)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return 0, fmt.Errorf("%s: %s", url, resp.Status)
	}
	plain, err := gzip.NewReader(resp.Body)
	if err != nil {
		return 0, err
	}
	message, err := io.ReadAll(plain)
	if err != nil {
		return 0, err
	}
	var sum int64
	err = fields(message, func(number int, value []byte) error {
		if number != 2 { // Profile.sample
			return nil
		}
		return fields(value, func(number int, value []byte) error {
			if number != 2 { // Sample.value, packed varints
				return nil
			}
			var last uint64
			for len(value) > 0 {
				v, n := binary.Uvarint(value)
				if n <= 0 {
					return errBad
				}
				last, value = v, value[n:]
			}
			sum += int64(last)
			return nil
		})
	})
	return sum, err
}

var errBad = errors.New("not a profile")

// fields calls visit for every length-delimited field of a protobuf message; numbers are skipped.
func fields(message []byte, visit func(number int, value []byte) error) error {
	for len(message) > 0 {
		tag, n := binary.Uvarint(message)
		if n <= 0 {
			return errBad
		}
		message = message[n:]
		value, n := binary.Uvarint(message)
		if n <= 0 || (tag&7 != 0 && tag&7 != 2) {
			return errBad
		}
		message = message[n:]
		if tag&7 == 0 {
			continue
		}
		if value > uint64(len(message)) {
			return errBad
		}
		if err := visit(int(tag>>3), message[:value]); err != nil {
			return err
		}
		message = message[value:]
	}
	return nil
}
