package artifacts

import (
	"errors"
	"sync"
)

type artifact struct {
	path string
	size int64
}

type batch struct {
	wg    sync.WaitGroup
	mu    sync.Mutex
	total int64
	errs  []error
}

func (b *batch) fail(err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.errs = append(b.errs, err)
}

func (b *batch) upload(a artifact, put func(artifact) error) {
	if a.size == 0 {
		b.fail(errors.New("empty artifact " + a.path))
		return
	}
	if err := put(a); err != nil {
		b.fail(err)
	} else {
		b.mu.Lock()
		b.total += a.size
		b.mu.Unlock()
	}
	b.wg.Done() // leak: waitgroup-misuse
}

func (b *batch) run(artifacts []artifact, put func(artifact) error) (int64, error) {
	for _, a := range artifacts {
		b.wg.Add(1)
		go b.upload(a, put)
	}
	b.wg.Wait()
	return b.total, errors.Join(b.errs...)
}

// Upload puts files with these sizes.
func Upload(sizes map[string]int64, put func(path string) error) (int64, error) {
	var artifacts []artifact
	for path, size := range sizes {
		artifacts = append(artifacts, artifact{path: path, size: size})
	}
	b := &batch{}
	return b.run(artifacts, func(a artifact) error { return put(a.path) })
}
