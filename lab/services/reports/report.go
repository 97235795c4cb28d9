package main

import "fmt"

// pageSize times pageCount is 10 MB of rendered rows, inside the struct.
const (
	pageSize  = 10 << 10
	pageCount = 1024
)

type report struct {
	id    int
	title string
	total int64
	pages [pageCount][pageSize]byte
}

// buildReport renders every page of the price list.
func buildReport(id int) *report {
	rep := &report{id: id, title: fmt.Sprintf("price list %d", id)}
	for p := range rep.pages {
		page := &rep.pages[p]
		for i := 0; i < pageSize; i += 64 {
			cents := int64((id*31+p*17+i)%5000) + 99
			copy(page[i:], "article 00000000 unit price 00.00 EUR valid until revoked\n")
			page[i+8] = '0' + byte(cents%10)
			page[i+9] = '0' + byte(cents/10%10)
			rep.total += cents
		}
	}
	return rep
}
