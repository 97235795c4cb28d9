package main

import (
	"bufio"
	"fmt"
	"net"
	"time"
)

// answerSize bytes are room for the longest list of tariffs that the gateway sends.
const answerSize = 48 << 10

// couriers is the client of the gateway.
type couriers struct {
	gateway string
	// patience is how long an attempt is waited for before the next.
	patience time.Duration
	attempts int
}

// ask returns the first answer of up to c.attempts attempts.
func (c *couriers) ask(depot, grams int) (tariff, bool) {
	answers := make(chan tariff, c.attempts) // room for all: a late attempt does not wait for us
	for n := 0; n < c.attempts; n++ {
		go c.attempt(depot, grams, answers)
		patience := time.NewTimer(c.patience)
		select {
		case answer := <-answers:
			patience.Stop()
			return answer, true
		case <-patience.C:
		}
	}
	return tariff{}, false
}

// attempt asks on a connection of its own, as the gateway's protocol wants it.
func (c *couriers) attempt(depot, grams int, answers chan<- tariff) {
	attemptsTotal.Add(1)
	conn, err := net.Dial("tcp", c.gateway)
	if err != nil {
		return
	}
	defer conn.Close()
	if _, err := fmt.Fprintf(conn, "TARIFF %d %d\n", depot, grams); err != nil {
		return
	}
	line, err := bufio.NewReaderSize(conn, answerSize).ReadString('\n')
	if err != nil {
		return
	}
	answer := tariff{Depot: depot}
	if _, err := fmt.Sscanf(line, "CENTS %d", &answer.Cents); err != nil {
		return
	}
	answers <- answer
}
