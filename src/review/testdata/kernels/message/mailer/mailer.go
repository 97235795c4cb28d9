// Package mailer is a queue with workers; its Close forgets the workers.
package mailer

import "sync"

type Mail struct{ To, Text string }

type Mailer struct {
	mu     sync.Mutex
	closed bool
	queue  chan Mail
	send   func(Mail) error
}

func New(workers int, send func(Mail) error) *Mailer {
	m := &Mailer{queue: make(chan Mail, 16), send: send}
	for range workers {
		go m.deliver()
	}
	return m
}

func (m *Mailer) deliver() {
	for mail := range m.queue { // leak: chan-range-unclosed|chan-select-no-exit|goroutine-no-exit
		_ = m.send(mail)
	}
}

func (m *Mailer) Post(mail Mail) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return false
	}
	m.queue <- mail
	return true
}

func (m *Mailer) Close() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.closed = true
}

// Repaired.

type MailerRepaired struct {
	mu     sync.Mutex
	closed bool
	queue  chan Mail
	send   func(Mail) error
}

func NewRepaired(workers int, send func(Mail) error) *MailerRepaired {
	m := &MailerRepaired{queue: make(chan Mail, 16), send: send}
	for range workers {
		go m.deliver()
	}
	return m
}

func (m *MailerRepaired) deliver() {
	for mail := range m.queue {
		_ = m.send(mail)
	}
}

func (m *MailerRepaired) Post(mail Mail) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return false
	}
	m.queue <- mail
	return true
}

func (m *MailerRepaired) Close() {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.closed {
		m.closed = true
		close(m.queue)
	}
}
