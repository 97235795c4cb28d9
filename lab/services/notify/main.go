// Notify tells devices about news in the topics that they follow. A device polls: it subscribes to its topics, waits a
// moment for news and leaves again.
//
// Leak on purpose: leaving takes the subscription out of the table but never calls its cancel function, so the context
// stays among the children of the broker's context, with the device's profile as its value.
package main

import (
	"encoding/json"
	"expvar"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"example.com/hemostat-lab/internal/service"
)

var (
	pollsTotal         = expvar.NewInt("polls_total")
	subscriptionsTotal = expvar.NewInt("subscriptions_total")
)

// topicsPerDevice topics are subscribed to by one poll.
const topicsPerDevice = 24

func main() {
	env := service.New(service.Defaults{Name: "notify", Rate: 50})
	b := newBroker()
	http.HandleFunc("/poll", b.handlePoll)
	http.HandleFunc("/publish", b.handlePublish)
	http.HandleFunc("/shutdown", b.handleShutdown)
	env.Drive(8, func(ev service.Event) {
		env.Get(fmt.Sprintf("/poll?device=%d", ev.Rand.Intn(100000)))
		if ev.N%20 == 0 {
			env.Post(fmt.Sprintf("/publish?topic=%d", ev.Rand.Intn(topicCount)), nil)
		}
	})
	env.Serve()
}

func (b *broker) handlePoll(w http.ResponseWriter, r *http.Request) {
	device, err := strconv.Atoi(r.URL.Query().Get("device"))
	if err != nil {
		http.Error(w, "device is not a number", http.StatusBadRequest)
		return
	}
	pollsTotal.Add(1)
	subs := make([]*subscription, 0, topicsPerDevice)
	for i := 0; i < topicsPerDevice; i++ {
		subs = append(subs, b.subscribe(device, (device*7+i*13)%topicCount))
	}
	defer func() {
		for _, sub := range subs {
			b.unsubscribe(sub)
		}
	}()

	select {
	case <-time.After(20 * time.Millisecond):
	case <-r.Context().Done():
		return
	}
	var news []string
	for _, sub := range subs {
		news = append(news, sub.take()...)
	}
	w.Header().Set("Content-Type", "application/json")
	if err := json.NewEncoder(w).Encode(news); err != nil {
		return // the device went away
	}
}

func (b *broker) handlePublish(w http.ResponseWriter, r *http.Request) {
	topic, err := strconv.Atoi(r.URL.Query().Get("topic"))
	if err != nil || topic < 0 || topic >= topicCount {
		http.Error(w, "no such topic", http.StatusNotFound)
		return
	}
	fmt.Fprintf(w, "%d\n", b.publish(topic, "news at "+time.Now().Format(time.RFC3339)))
}
