package main

import (
	"encoding/json"
	"os"

	"golang.org/x/mod/module"
)

// Match also says what golang.org/x/mod thinks of each path as the path of a module.
func match() error {
	var pairs [][2]string
	if err := json.NewDecoder(os.Stdin).Decode(&pairs); err != nil {
		return err
	}
	answers := make([][2]bool, len(pairs))
	for i, pair := range pairs {
		answers[i] = [2]bool{module.MatchPrefixPatterns(pair[0], pair[1]), module.CheckPath(pair[1]) == nil}
	}
	return json.NewEncoder(os.Stdout).Encode(answers)
}
