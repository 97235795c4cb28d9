// Command mainreader reads its input in a goroutine that the end of the process ends.
package main

import (
	"bufio"
	"fmt"
	"os"
	"os/signal"
)

func main() {
	lines := make(chan string)
	go func() {
		sc := bufio.NewScanner(os.Stdin)
		for sc.Scan() {
			lines <- sc.Text()
		}
		close(lines)
	}()
	interrupted := make(chan os.Signal, 1)
	signal.Notify(interrupted, os.Interrupt)
	for {
		select {
		case l, ok := <-lines:
			if !ok {
				return
			}
			fmt.Println(l)
		case <-interrupted:
			return
		}
	}
}
