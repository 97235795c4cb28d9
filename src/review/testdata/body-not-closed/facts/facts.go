// Package facts calls functions of another package that give, close or read bodies. It need not import net/http for that.
package facts

import (
	"context"
	"errors"
	"io"

	"fixture/body-not-closed/facts/httpx"
)

func wrapped(ctx context.Context, url string) (string, error) {
	resp, err := httpx.Get(ctx, url) // want "resp.Body from httpx.Get is never closed"
	if err != nil {
		return "", err
	}
	return resp.Status, nil
}

func wrappedClosed(ctx context.Context, url string) (string, error) {
	resp, err := httpx.Get(ctx, url)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	return resp.Status, nil
}

func stream(url string) ([]byte, error) {
	body, err := httpx.Fetch(url) // want "body from httpx.Fetch is never closed"
	if err != nil {
		return nil, err
	}
	return io.ReadAll(body)
}

func streamClosed(url string) ([]byte, error) {
	body, err := httpx.Fetch(url)
	if err != nil {
		return nil, err
	}
	defer httpx.DrainAndClose(body)
	return io.ReadAll(body)
}

func streamHandedOn(url string) (io.ReadCloser, error) {
	body, err := httpx.Fetch(url)
	if err != nil {
		return nil, err
	}
	return body, nil
}

func decoded(ctx context.Context, url string) (n int, err error) {
	resp, err := httpx.Get(ctx, url) // want "resp.Body from httpx.Get is never closed"
	if err != nil {
		return 0, err
	}
	if err := httpx.Check(resp); err != nil {
		return 0, err
	}
	return n, httpx.Decode(resp.Body, &n)
}

func earlyReturn(ctx context.Context, url string) (n int, err error) {
	resp, err := httpx.Get(ctx, url) // want "resp.Body from httpx.Get is not closed when the function returns on line 71"
	if err != nil {
		return 0, err
	}
	if err := httpx.Check(resp); err != nil {
		return 0, err
	}
	defer httpx.Finish(resp)
	return n, httpx.Decode(resp.Body, &n)
}

// What another package does with it decides.
func others(ctx context.Context, client *httpx.Client, url string, n *int) error {
	resp, err := httpx.Get(ctx, url)
	if err != nil {
		return err
	}
	switch *n {
	case 0:
		return httpx.DecodeAndClose(resp.Body, n)
	case 1:
		client.Keep(resp.Body)
	case 2:
		httpx.CloseLater(resp.Body)
	case 3:
		httpx.CloseAll(resp.Body)
	case 4:
		httpx.CloseIf(resp.Body, url != "")
	case 5:
		httpx.Any(resp.Body)
	case 6:
		httpx.Rewind(resp.Body)
	default:
		return httpx.Lines(resp.Body).Decode(n)
	}
	return errors.New("kept")
}

// None of these gives a body that is its caller's to close.
func notOurs(client *httpx.Client, url string) (codes []int) {
	if resp, err := httpx.Buffered(url); err == nil {
		codes = append(codes, resp.StatusCode)
	}
	if resp, err := httpx.Status(url); err == nil {
		codes = append(codes, resp.StatusCode)
	}
	if resp, err := client.Cached(url); err == nil {
		codes = append(codes, resp.StatusCode)
	}
	if _, err := httpx.Plain(url); err == nil {
		codes = append(codes, 0)
	}
	return codes
}
