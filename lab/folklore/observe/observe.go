// Package observe helps programs of the folklore collection to measure and to say what they saw.
package observe

import (
	"encoding/json"
	"fmt"
	"os"
	"runtime"
)

// Report prints what was seen as one JSON object, with the Go version.
func Report(seen map[string]interface{}) {
	seen["go"] = runtime.Version()
	enc := json.NewEncoder(os.Stdout)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	if err := enc.Encode(seen); err != nil {
		Fail(err)
	}
}

// Fail ends the program.
func Fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

// AfterGC collects twice, so that nothing is left of what sync.Pool or a finalizer holds for one more cycle, and reads
// the counters.
func AfterGC() runtime.MemStats {
	runtime.GC()
	runtime.GC()
	return Now()
}

// Now reads the counters without a collection.
func Now() runtime.MemStats {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m
}

// MB is n bytes in 10^6 bytes, rounded to one tenth.
func MB(n uint64) float64 {
	return float64((n+50_000)/100_000) / 10
}
