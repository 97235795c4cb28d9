package downloader

import (
	"errors"
	"time"
)

type header struct{ number int }

type pack struct {
	peer    string
	headers []header
}

type downloader struct {
	headers chan pack
	cancel  chan struct{}
}

func newDownloader() *downloader {
	return &downloader{headers: make(chan pack), cancel: make(chan struct{})}
}

func (d *downloader) deliver(p pack) error {
	d.headers <- p // leak: chan-send-abandoned|chan-first-wins
	return nil
}

func (d *downloader) ask(peer string, from int) {
	time.Sleep(time.Millisecond)
	d.deliver(pack{peer: peer, headers: []header{{number: from}}})
}

// fetch asks all peers and takes headers until one of them is wrong.
func (d *downloader) fetch(peers []string, from int, valid func(header) bool) (int, error) {
	defer close(d.cancel)
	for _, peer := range peers {
		go d.ask(peer, from)
	}
	deadline := time.NewTimer(time.Second)
	defer deadline.Stop()
	for count := 0; count < len(peers); {
		select {
		case p := <-d.headers:
			for _, h := range p.headers {
				if !valid(h) {
					return count, errors.New("an invalid header from " + p.peer)
				}
			}
			count++
		case <-deadline.C:
			return count, errors.New("too slow")
		}
	}
	return len(peers), nil
}

// Sync gets the header from each peer.
func Sync(peers []string, from int, valid func(number int) bool) (int, error) {
	return newDownloader().fetch(peers, from, func(h header) bool { return valid(h.number) })
}
