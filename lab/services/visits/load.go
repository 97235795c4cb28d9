package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log"

	"example.com/hemostat-lab/internal/service"
)

// viewsPerBatch page views arrive together. Nine in ten come from a visitor who was never seen before.
const viewsPerBatch = 100

func makeBatch(ev service.Event) []byte {
	batch := make([]pageView, viewsPerBatch)
	for i := range batch {
		visitor := ev.N*viewsPerBatch + i
		if ev.Rand.Intn(10) == 0 && visitor > 0 {
			visitor = ev.Rand.Intn(visitor)
		}
		batch[i] = pageView{
			Visitor:  fmt.Sprintf("visitor-%08x-%04x", visitor*2654435761&0xffffffff, visitor&0xffff),
			Page:     fmt.Sprintf("/articles/%d", ev.Rand.Intn(5000)),
			Referrer: [...]string{"search", "mail", "direct", "partner"}[ev.Rand.Intn(4)],
			Millis:   int64(20 + ev.Rand.Intn(400)),
		}
	}
	var body bytes.Buffer
	if err := json.NewEncoder(&body).Encode(batch); err != nil {
		log.Fatal(err) // plain structs always encode
	}
	return body.Bytes()
}
