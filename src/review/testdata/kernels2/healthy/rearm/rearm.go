package rearm

import "time"

type debouncer struct {
	in      chan string
	flushed chan []string
	quit    chan struct{}
	quiet   time.Duration
}

func newDebouncer(quiet time.Duration) *debouncer {
	return &debouncer{
		in:      make(chan string),
		flushed: make(chan []string, 64),
		quit:    make(chan struct{}),
		quiet:   quiet,
	}
}

func (d *debouncer) loop() {
	defer close(d.flushed)
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	var waiting []string
	for {
		select {
		case s := <-d.in:
			if !timer.Stop() {
				select {
				case <-timer.C:
				default:
				}
			}
			timer.Reset(d.quiet)
			waiting = append(waiting, s)
		case <-timer.C:
			select {
			case d.flushed <- waiting:
			default:
			}
			waiting = nil
		case <-d.quit:
			return
		}
	}
}

// Bundle returns the words in groups that came together.
func Bundle(words []string, pause time.Duration) [][]string {
	d := newDebouncer(pause)
	go d.loop()
	for _, word := range words {
		d.in <- word
	}
	time.Sleep(2 * pause)
	close(d.quit)
	var groups [][]string
	for group := range d.flushed {
		groups = append(groups, group)
	}
	return groups
}
