package workersfixed

import (
	"strings"
	"sync"
)

type uploader struct {
	queue  chan string
	wg     sync.WaitGroup
	upload func(string) error
	mu     sync.Mutex
	failed []string
}

func newUploader(upload func(string) error) *uploader {
	return &uploader{queue: make(chan string, 8), upload: upload}
}

func (u *uploader) worker() {
	defer u.wg.Done()
	for chunk := range u.queue {
		if err := u.upload(chunk); err != nil {
			u.mu.Lock()
			u.failed = append(u.failed, chunk)
			u.mu.Unlock()
		}
	}
}

func (u *uploader) start(n int) {
	for range n {
		u.wg.Add(1)
		go u.worker()
	}
}

func (u *uploader) process(output string) {
	for _, line := range strings.Split(output, "\n") {
		u.queue <- line
	}
}

func (u *uploader) stop() []string {
	close(u.queue)
	u.wg.Wait()
	return u.failed
}

type runner struct{ uploader *uploader }

func (r *runner) run(output string) int {
	r.uploader.start(2)
	r.uploader.process(output)
	return len(r.uploader.stop())
}

// Run uploads the output line by line.
func Run(output string, upload func(string) error) int {
	r := &runner{uploader: newUploader(upload)}
	return r.run(output)
}
