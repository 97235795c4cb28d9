// Streams plays short clips. Each viewer has a goroutine and a read-ahead buffer for as long as the clip lasts. Viewers
// come in waves.
//
// Nothing leaks: memory and goroutines follow the number of viewers, up and down.
package main

import (
	"expvar"
	"fmt"
	"math"
	"net/http"
	"time"

	"example.com/hemostat-lab/internal/service"
)

var (
	streamsTotal = expvar.NewInt("streams_total")
	streamsOpen  = expvar.NewInt("streams_open")
	clipBytes    = expvar.NewInt("clip_bytes_total")
)

// wave is the period of the load: it swings between nine tenths below and nine tenths above -rate.
const wave = 10 * time.Second

func main() {
	env := service.New(service.Defaults{Name: "streams", Rate: 24})
	p := &player{clip: 2400 * time.Millisecond}
	http.HandleFunc("/play", p.handlePlay)
	// Viewers do not share connections.
	viewers := &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
	env.DriveShaped(1, func(at time.Duration) float64 {
		return env.Rate * (1 + 0.9*math.Sin(2*math.Pi*at.Seconds()/wave.Seconds()))
	}, func(ev service.Event) {
		clip := ev.Rand.Intn(300)
		go watch(viewers, fmt.Sprintf("%s/play?clip=%d", env.URL, clip))
	})
	env.Serve()
}

// watch is one viewer.
func watch(client *http.Client, url string) {
	resp, err := client.Get(url)
	if err != nil {
		return
	}
	defer resp.Body.Close()
	chunk := make([]byte, 4<<10)
	for {
		n, err := resp.Body.Read(chunk)
		clipBytes.Add(int64(n))
		if err != nil {
			return
		}
	}
}
