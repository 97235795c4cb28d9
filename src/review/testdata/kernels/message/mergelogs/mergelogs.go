// Package mergelogs fans lines of several sources into one channel.
package mergelogs

import "sync"

func merge(sources ...<-chan string) <-chan string {
	out := make(chan string)
	var wg sync.WaitGroup
	wg.Add(len(sources))
	for _, src := range sources {
		go func() {
			defer wg.Done()
			for line := range src {
				out <- line
			}
		}()
	}
	go wg.Wait()
	return out
}

func Collect(sources ...<-chan string) []string {
	var lines []string
	for line := range merge(sources...) { // leak: chan-range-unclosed
		lines = append(lines, line)
	}
	return lines
}

// Repaired.

func mergeRepaired(sources ...<-chan string) <-chan string {
	out := make(chan string)
	var wg sync.WaitGroup
	wg.Add(len(sources))
	for _, src := range sources {
		go func() {
			defer wg.Done()
			for line := range src {
				out <- line
			}
		}()
	}
	go func() {
		wg.Wait()
		close(out)
	}()
	return out
}

func CollectRepaired(sources ...<-chan string) []string {
	var lines []string
	for line := range mergeRepaired(sources...) {
		lines = append(lines, line)
	}
	return lines
}
