// Command daemon starts workers that live as long as the process.
package main

import (
	"log"
	"net/http"
	"time"
)

type metrics struct{ events chan string }

func (m *metrics) loop() {
	counts := map[string]int{}
	for e := range m.events {
		counts[e]++
	}
}

func clean(every time.Duration, sweep func()) {
	for {
		time.Sleep(every)
		sweep()
	}
}

func main() {
	m := &metrics{events: make(chan string, 64)}
	go m.loop()
	go clean(time.Minute, func() { log.Print("sweep") })
	go func() {
		for range time.Tick(time.Hour) {
			log.Print("hour")
		}
	}()
	http.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		select {
		case m.events <- r.URL.Path:
		default:
		}
	})
	log.Fatal(http.ListenAndServe(":8080", nil))
}
