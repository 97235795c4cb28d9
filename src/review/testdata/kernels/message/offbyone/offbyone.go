// Package offbyone has room for all answers but one, and reads all but one.
package offbyone

func Votes(peers []func() bool) (yes int) {
	votes := make(chan bool)
	for _, ask := range peers {
		go func() { votes <- ask() }() // leak: chan-first-wins|chan-send-abandoned
	}
	for i := 1; i < len(peers); i++ {
		if <-votes {
			yes++
		}
	}
	return yes
}

// Repaired.

func VotesRepaired(peers []func() bool) (yes int) {
	votes := make(chan bool)
	for _, ask := range peers {
		go func() { votes <- ask() }()
	}
	for i := 0; i < len(peers); i++ {
		if <-votes {
			yes++
		}
	}
	return yes
}
