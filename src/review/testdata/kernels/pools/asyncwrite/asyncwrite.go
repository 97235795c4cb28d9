// Package asyncwrite puts a message back while a goroutine still writes it.
package asyncwrite

import (
	"io"
	"sync"
)

type Message struct {
	Topic string
	Body  [512]byte
	N     int
}

var messages = sync.Pool{New: func() any { return new(Message) }}

func Publish(w io.Writer, topic string, body []byte) {
	m := messages.Get().(*Message)
	m.Topic = topic
	m.N = copy(m.Body[:], body)
	go func() {
		io.WriteString(w, m.Topic) // leak: pool-use-after-put
		w.Write(m.Body[:m.N])
	}()
	messages.Put(m)
}

// Repaired.

func PublishRepaired(w io.Writer, topic string, body []byte) {
	m := messages.Get().(*Message)
	m.Topic = topic
	m.N = copy(m.Body[:], body)
	go func() {
		io.WriteString(w, m.Topic)
		w.Write(m.Body[:m.N])
		messages.Put(m)
	}()
}
