package finishrequest

import (
	"context"
	"errors"
	"fmt"
	"time"
)

type object struct{ name string }

type storage interface {
	Delete(ctx context.Context, name string) (*object, error)
}

type slowStorage struct{ delay time.Duration }

func (s *slowStorage) Delete(_ context.Context, name string) (*object, error) {
	time.Sleep(s.delay)
	if name == "" {
		return nil, errors.New("no name")
	}
	return &object{name: name}, nil
}

type resultFunc func() (*object, error)

type handler struct {
	storage storage
	timeout time.Duration
}

// finishRequest runs fn aside and gives up on it after the timeout.
func finishRequest(timeout time.Duration, fn resultFunc) (*object, error) {
	found := make(chan *object)
	failed := make(chan error)
	panicked := make(chan any, 1)
	go func() {
		defer func() {
			if reason := recover(); reason != nil {
				panicked <- reason
			}
		}()
		result, err := fn()
		if err != nil {
			failed <- err // leak: chan-send-abandoned
		} else {
			found <- result // leak: chan-send-abandoned
		}
	}()
	select {
	case result := <-found:
		return result, nil
	case err := <-failed:
		return nil, err
	case reason := <-panicked:
		panic(reason)
	case <-time.After(timeout):
		return nil, fmt.Errorf("no answer within %v", timeout)
	}
}

func (h *handler) remove(ctx context.Context, name string) (*object, error) {
	return finishRequest(h.timeout, func() (*object, error) {
		return h.storage.Delete(ctx, name)
	})
}

// Remove deletes what has the name.
func Remove(ctx context.Context, name string, delay time.Duration) error {
	h := &handler{storage: &slowStorage{delay: delay}, timeout: 10 * time.Millisecond}
	_, err := h.remove(ctx, name)
	return err
}
