package main

import (
	"errors"
	"hash/crc32"
	"io"
	"sync"
)

// frame is the pooled buffer.
type frame struct {
	data [frameSize]byte
}

func newFrame() interface{} {
	return new(frame)
}

// intake holds what is known per tenant.
type intake struct {
	pools [tenantCount]sync.Pool

	mu sync.Mutex
	// index has the headers of a tenant's frames, oldest first.
	index [tenantCount][][]byte
	sums  [tenantCount]uint32
}

func newIntake() *intake {
	in := &intake{}
	for i := range in.pools {
		in.pools[i].New = newFrame
	}
	return in
}

// store reads one frame, checks it and puts its header into the index. It returns the size of the frame in bytes.
func (in *intake) store(tenant int, body io.Reader) (int, error) {
	f := in.pools[tenant].Get().(*frame)
	defer in.pools[tenant].Put(f)
	n, err := io.ReadFull(body, f.data[:])
	if err != nil && err != io.ErrUnexpectedEOF {
		return 0, err
	}
	if n < headerSize {
		return 0, errors.New("the frame is shorter than its header")
	}
	sum := crc32.ChecksumIEEE(f.data[headerSize:n])
	in.remember(tenant, f.data[:headerSize], sum)
	return n, nil
}

func (in *intake) remember(tenant int, header []byte, sum uint32) {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.index[tenant] = append(in.index[tenant], header)
	in.sums[tenant] ^= sum
}

// headers returns the headers of the tenant's latest frames.
func (in *intake) headers(tenant int) [][]byte {
	in.mu.Lock()
	defer in.mu.Unlock()
	all := in.index[tenant]
	if len(all) > 20 {
		all = all[len(all)-20:]
	}
	return append([][]byte(nil), all...)
}
