// Package fastest asks replicas for the same thing and takes the fastest answer.
package fastest

func Ask[T any](replicas []func() T) T {
	out := make(chan T)
	for _, ask := range replicas {
		go func() {
			out <- ask() // leak: chan-first-wins
		}()
	}
	return <-out
}

// Repaired.

func AskRepaired[T any](replicas []func() T) T {
	out := make(chan T, len(replicas))
	for _, ask := range replicas {
		go func() {
			out <- ask()
		}()
	}
	return <-out
}
