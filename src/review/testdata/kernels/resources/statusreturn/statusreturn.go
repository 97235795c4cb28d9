// Package statusreturn returns on a bad status without closing the body.
package statusreturn

import (
	"encoding/json"
	"fmt"
	"net/http"
)

type User struct{ Name string }

func Load(c *http.Client, url string) (*User, error) {
	resp, err := c.Get(url) // leak: body-not-closed
	if err != nil {
		return nil, err
	}
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("status %s", resp.Status)
	}
	defer resp.Body.Close()
	var u User
	return &u, json.NewDecoder(resp.Body).Decode(&u)
}

// Repaired.

func LoadRepaired(c *http.Client, url string) (*User, error) {
	resp, err := c.Get(url)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("status %s", resp.Status)
	}
	var u User
	return &u, json.NewDecoder(resp.Body).Decode(&u)
}
