package register

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"
)

type credentials struct{ Token string }

type client struct {
	http     *http.Client
	endpoint string
	pause    time.Duration
}

func (c *client) post(ctx context.Context) (*http.Response, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, c.endpoint+"/register", nil)
	if err != nil {
		return nil, err
	}
	return c.http.Do(request)
}

// register tries until the server takes the agent.
func (c *client) register(ctx context.Context, attempts int) (*credentials, error) {
	var last error
	for range attempts {
		response, err := c.post(ctx) // leak: body-not-closed
		if err != nil {
			last = err
			time.Sleep(c.pause)
			continue
		}
		if response.StatusCode >= 500 {
			last = fmt.Errorf("the server answers %s", response.Status)
			time.Sleep(c.pause)
			continue
		}
		defer response.Body.Close()
		var found credentials
		if err := json.NewDecoder(response.Body).Decode(&found); err != nil {
			return nil, err
		}
		return &found, nil
	}
	return nil, errors.Join(errors.New("not registered"), last)
}

// Register makes the agent known at the endpoint.
func Register(ctx context.Context, endpoint string) (string, error) {
	c := &client{http: http.DefaultClient, endpoint: endpoint, pause: time.Second}
	found, err := c.register(ctx, 5)
	if err != nil {
		return "", err
	}
	return found.Token, nil
}
