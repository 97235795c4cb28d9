package janitors

import (
	"context"
	"net/http"
	"os"
	"os/signal"
	"time"
)

type cache struct{ n int }

func (c *cache) sweep() { c.n-- }

func (c *cache) sleepLoop() {
	for {
		time.Sleep(time.Second) // want "medium: a goroutine that open starts sleeps here and has no way out"
		c.sweep()
	}
}

func open() *cache {
	c := &cache{}
	go c.sleepLoop()
	return c
}

func afterLoop(c *cache) {
	go func() {
		for {
			<-time.After(time.Second) // want "medium: a goroutine that afterLoop starts waits here for a timer"
			c.sweep()
		}
	}()
}

func handle(w http.ResponseWriter, r *http.Request) {
	c := open()
	go func() {
		tick := time.NewTicker(time.Second)
		for range tick.C { // want "high: a goroutine that handle starts waits here for a timer"
			c.sweep()
		}
	}()
}

func wrapped(c *cache) {
	go func() {
		c.tickLoop()
	}()
}

func (c *cache) tickLoop() {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select { // want "medium: a goroutine that wrapped starts waits here for a timer"
		case <-tick.C:
			c.sweep()
		}
	}
}

func parked() {
	go func() {
		select {} // want "low: a goroutine that parked starts waits here for nothing"
	}()
}

// From here on all is well.

var shared = start()

func start() *cache {
	c := &cache{}
	go func() {
		for {
			time.Sleep(time.Second)
			c.sweep()
		}
	}()
	return c
}

func init() {
	c := &cache{}
	go c.initLoop()
}

func (c *cache) initLoop() {
	for {
		time.Sleep(time.Second)
		c.sweep()
	}
}

func limited(c *cache) {
	go func() {
		for range 10 {
			time.Sleep(time.Second)
			c.sweep()
		}
	}()
}

func withContext(ctx context.Context, c *cache) {
	go func() {
		for {
			select {
			case <-time.After(time.Second):
				c.sweep()
			case <-ctx.Done():
				return
			}
		}
	}()
}

func untilEmpty(c *cache) {
	go func() {
		for {
			time.Sleep(time.Second)
			c.sweep()
			if c.n == 0 {
				return
			}
		}
	}()
}

func fatal(c *cache, serve func() error) {
	go func() {
		for {
			if err := serve(); err != nil {
				panic(err)
			}
		}
	}()
}

type hub struct{ n int }

var one = &hub{}

func Serve() { go one.poll() }

func (h *hub) poll() {
	for {
		time.Sleep(time.Second) // want "low: a goroutine that Serve starts sleeps here"
		h.n++
	}
}

func onSignal(c *cache) {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt)
	go func() {
		for {
			time.Sleep(time.Second)
			c.sweep()
		}
	}()
}
