package main

import (
	"errors"
	"hash/crc32"
	"sync"
	"time"
)

const (
	maxPages = 24
	// previewSize bytes per album, shown to the customer while the album is made.
	previewSize = 40 << 10
)

var errUnreadable = errors.New("the photograph cannot be read")

type album struct {
	customer int
	preview  []byte
	layouts  []uint32
	pages    sync.WaitGroup
}

func newAlbum(customer, pages int) *album {
	a := &album{customer: customer, preview: make([]byte, previewSize), layouts: make([]uint32, pages)}
	for i := range a.preview {
		a.preview[i] = byte(customer >> (i % 16))
	}
	return a
}

func makeAlbum(customer, pages int) {
	newAlbum(customer, pages).assemble()
}

// assemble has all pages laid out and sends the album to the printer.
func (a *album) assemble() {
	for page := range a.layouts {
		a.pages.Add(1)
		go a.layOut(page)
	}
	a.pages.Wait()
	a.print()
}

// layOut arranges the photographs of one page.
func (a *album) layOut(page int) {
	photo, err := a.photograph(page)
	if err != nil {
		brokenTotal.Add(1)
		return
	}
	a.layouts[page] = crc32.ChecksumIEEE(photo)
	a.pages.Done()
}

// photograph fetches what belongs on a page from the storage.
func (a *album) photograph(page int) ([]byte, error) {
	time.Sleep(time.Duration(2+(a.customer+page)%7) * time.Millisecond)
	if a.customer%10 < 4 && page == len(a.layouts)/2 {
		return nil, errUnreadable
	}
	size := len(a.preview) / len(a.layouts)
	return a.preview[page*size : (page+1)*size], nil
}

func (a *album) print() {
	var sum uint32
	for _, layout := range a.layouts {
		sum ^= layout
	}
	if sum != 0 || len(a.layouts) > 0 {
		printedTotal.Add(1)
	}
}
