package main

import (
	"context"
	"net/http"
	"sync"
)

const topicCount = 500

// profile is what a subscription knows of its device: 400 bytes.
type profile struct {
	device   int
	topic    int
	settings [384]byte
}

type profileKey struct{}

type subscription struct {
	topic  int
	ctx    context.Context
	cancel context.CancelFunc

	mu   sync.Mutex
	news []string
}

// broker has a context of its own that ends with the process; every subscription is its child.
type broker struct {
	ctx  context.Context
	stop context.CancelFunc

	mu     sync.Mutex
	topics [topicCount]map[*subscription]struct{}
}

func newBroker() *broker {
	b := &broker{}
	b.ctx, b.stop = context.WithCancel(context.Background())
	for i := range b.topics {
		b.topics[i] = map[*subscription]struct{}{}
	}
	return b
}

// subscribe enters the device for one topic.
func (b *broker) subscribe(device, topic int) *subscription {
	p := &profile{device: device, topic: topic}
	copy(p.settings[:], "language=en;format=short;badge=on;quiet=22-07")
	ctx, cancel := context.WithCancel(context.WithValue(b.ctx, profileKey{}, p))
	sub := &subscription{topic: topic, ctx: ctx, cancel: cancel}

	b.mu.Lock()
	defer b.mu.Unlock()
	b.topics[topic][sub] = struct{}{}
	subscriptionsTotal.Add(1)
	return sub
}

// unsubscribe takes the subscription out of its topic.
func (b *broker) unsubscribe(sub *subscription) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.topics[sub.topic], sub)
}

// publish hands the message to everybody who follows the topic and returns how many that were.
func (b *broker) publish(topic int, message string) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	told := 0
	for sub := range b.topics[topic] {
		if sub.ctx.Err() != nil || quiet(sub.ctx) {
			continue
		}
		sub.mu.Lock()
		sub.news = append(sub.news, message)
		sub.mu.Unlock()
		told++
	}
	return told
}

// handleShutdown ends every subscription, for maintenance. Later polls find no news.
func (b *broker) handleShutdown(w http.ResponseWriter, _ *http.Request) {
	b.stop()
	w.WriteHeader(http.StatusNoContent)
}

// quiet tells whether the device asked for silence.
func quiet(ctx context.Context) bool {
	p, ok := ctx.Value(profileKey{}).(*profile)
	return ok && p.device%97 == 0
}

func (s *subscription) take() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	news := s.news
	s.news = nil
	return news
}
