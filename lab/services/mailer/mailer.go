package main

import (
	"bytes"
	"fmt"
	"time"
)

// mailSize in bytes, pictures included.
const mailSize = 12 << 10

type mail struct {
	to   string
	body []byte
}

type mailer struct {
	// slots limits how many mails the server takes at a time.
	slots chan struct{}
	pause time.Duration
}

func newMailer(slots int, pause time.Duration) *mailer {
	return &mailer{slots: make(chan struct{}, slots), pause: pause}
}

// submit makes the mail and sends it in the background.
func (m *mailer) submit(to string, campaign int) {
	mailsTotal.Add(1)
	waiting.Add(1)
	go m.send(compose(to, campaign))
}

// send waits for a slot and talks to the server.
func (m *mailer) send(letter mail) {
	m.slots <- struct{}{}
	defer func() { <-m.slots }()
	waiting.Add(-1)
	time.Sleep(m.pause) // the server's pace
	if len(letter.body) > 0 && letter.to != "" {
		sentTotal.Add(1)
	}
}

func compose(to string, campaign int) mail {
	body := bytes.NewBuffer(make([]byte, 0, mailSize))
	fmt.Fprintf(body, "To: %s\nSubject: Offer %d\n\n", to, campaign)
	for body.Len()+64 <= mailSize {
		body.WriteString("New this week, while stocks last: everything for the workshop.\n")
	}
	return mail{to: to, body: body.Bytes()}
}
