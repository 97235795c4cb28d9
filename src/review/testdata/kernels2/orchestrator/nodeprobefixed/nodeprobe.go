package nodeprobefixed

import (
	"context"
	"fmt"
	"net/http"
	"time"
)

type node struct{ name, address string }

type prober struct {
	client *http.Client
	limit  time.Duration
	down   map[string]int
}

func NewProber(limit time.Duration) *prober {
	return &prober{client: &http.Client{}, limit: limit, down: map[string]int{}}
}

func (p *prober) get(ctx context.Context, address string) (int, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return 0, err
	}
	response, err := p.client.Do(request)
	if err != nil {
		return 0, err
	}
	defer response.Body.Close()
	return response.StatusCode, nil
}

// Run probes all nodes for as long as the context lives.
func (p *prober) Run(ctx context.Context, nodes []node, pause time.Duration) error {
	for ctx.Err() == nil {
		for _, n := range nodes {
			probe, cancel := context.WithTimeout(ctx, p.limit)
			status, err := p.get(probe, n.address)
			cancel()
			switch {
			case err != nil:
				p.down[n.name]++
				if p.down[n.name] > 100 {
					return fmt.Errorf("node %s: %w", n.name, err)
				}
			case status >= 500:
				p.down[n.name]++
			default:
				delete(p.down, n.name)
			}
		}
		time.Sleep(pause)
	}
	return ctx.Err()
}
