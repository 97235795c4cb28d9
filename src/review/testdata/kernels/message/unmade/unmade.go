// Package unmade declares a channel and does not make it on one way.
package unmade

type Task struct{ Name string }

func Run(tasks []Task, verbose bool, do func(Task)) {
	var log chan string
	if verbose {
		log = make(chan string, len(tasks))
	}
	finished := make(chan struct{}, len(tasks))
	for _, t := range tasks {
		go func() {
			do(t)
			log <- t.Name // leak: chan-send-abandoned|chan-first-wins
			finished <- struct{}{}
		}()
	}
	if verbose {
		for range tasks {
			<-finished
			println(<-log)
		}
	}
}

// Repaired.

func RunRepaired(tasks []Task, verbose bool, do func(Task)) {
	var log chan string
	if verbose {
		log = make(chan string, len(tasks))
	}
	finished := make(chan struct{}, len(tasks))
	for _, t := range tasks {
		go func() {
			do(t)
			if log != nil {
				log <- t.Name
			}
			finished <- struct{}{}
		}()
	}
	if verbose {
		for range tasks {
			<-finished
			println(<-log)
		}
	}
}
