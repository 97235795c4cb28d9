package main

import (
	"bytes"
	"container/list"
	"fmt"
	"sync"
)

// page is a rendered article page.
type page struct {
	id   int
	fold int
	html []byte
}

const pageSize = 32 << 10

// render reads the article from the database and makes its page.
func render(id int) *page {
	html := bytes.NewBuffer(make([]byte, 0, pageSize))
	fmt.Fprintf(html, "<title>Article %d</title><h1>Article %d</h1>", id, id)
	fold := html.Len()
	paragraph := []byte("<p>Sturdy, well made, in stock, delivered within two days.</p>\n")
	for html.Len()+len(paragraph) <= pageSize {
		html.Write(paragraph)
	}
	return &page{id: id, fold: fold, html: html.Bytes()}
}

// lru keeps the pages that were asked for most recently.
type lru struct {
	mu    sync.Mutex
	limit int
	order *list.List // of *page, the most recent first
	pages map[int]*list.Element
}

func newLRU(limit int) *lru {
	return &lru{limit: limit, order: list.New(), pages: make(map[int]*list.Element, limit)}
}

func (c *lru) get(id int) (*page, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	el, ok := c.pages[id]
	if !ok {
		return nil, false
	}
	c.order.MoveToFront(el)
	return el.Value.(*page), true
}

// put adds the page, drops the oldest ones above the limit and returns how many there are.
func (c *lru) put(id int, p *page) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	if el, ok := c.pages[id]; ok {
		el.Value = p
		c.order.MoveToFront(el)
		return c.order.Len()
	}
	c.pages[id] = c.order.PushFront(p)
	for c.order.Len() > c.limit {
		oldest := c.order.Back()
		delete(c.pages, c.order.Remove(oldest).(*page).id)
	}
	return c.order.Len()
}
