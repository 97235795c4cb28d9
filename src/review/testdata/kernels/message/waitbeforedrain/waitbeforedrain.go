// Package waitbeforedrain waits for its workers before it takes what they send.
package waitbeforedrain

import "sync"

func Resolve(hosts []string, lookup func(string) string) []string {
	var wg sync.WaitGroup
	found := make(chan string)
	for _, h := range hosts {
		wg.Add(1)
		go func(host string) {
			defer wg.Done()
			found <- lookup(host) // leak: chan-send-abandoned|chan-first-wins|waitgroup-misuse
		}(h)
	}
	wg.Wait()
	close(found)
	var out []string
	for ip := range found {
		out = append(out, ip)
	}
	return out
}

// Repaired.

func ResolveRepaired(hosts []string, lookup func(string) string) []string {
	var wg sync.WaitGroup
	found := make(chan string)
	for _, h := range hosts {
		wg.Add(1)
		go func(host string) {
			defer wg.Done()
			found <- lookup(host)
		}(h)
	}
	go func() {
		wg.Wait()
		close(found)
	}()
	var out []string
	for ip := range found {
		out = append(out, ip)
	}
	return out
}
