// Command layouts prints the offsets of struct fields in Go binaries, from their DWARF, as JSON: one object per file
// argument, `{"runtime.sudog": {"size": 96, "fields": {"g": 0, "elem.vu": 32, …}}}`.
package main

import (
	"debug/dwarf"
	"debug/elf"
	"encoding/json"
	"fmt"
	"os"
)

type layout struct {
	Size   int64            `json:"size"`
	Fields map[string]int64 `json:"fields"`
}

var wanted = map[string]bool{
	"runtime.sudog":      true,
	"runtime.hchan":      true,
	"runtime.g":          true,
	"runtime.notifyList": true,
	"sync.Pool":          true,
	"sync.poolLocal":     true,
	"sync.poolChain":     true,
	"sync.poolChainElt":  true,
}

// flatten adds the fields of s with their dotted path; arrays and pointers are leaves.
func flatten(into map[string]int64, s *dwarf.StructType, prefix string, base int64) {
	for _, f := range s.Field {
		into[prefix+f.Name] = base + f.ByteOffset
		t := f.Type
		if td, ok := t.(*dwarf.TypedefType); ok {
			t = td.Type
		}
		if inner, ok := t.(*dwarf.StructType); ok && len(inner.Field) > 0 {
			flatten(into, inner, prefix+f.Name+".", base+f.ByteOffset)
		}
	}
}

func read(path string) (map[string]layout, error) {
	file, err := elf.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	data, err := file.DWARF()
	if err != nil {
		return nil, err
	}
	out := map[string]layout{}
	for r := data.Reader(); ; {
		entry, err := r.Next()
		if err != nil {
			return nil, err
		}
		if entry == nil {
			return out, nil
		}
		name, _ := entry.Val(dwarf.AttrName).(string)
		if entry.Tag != dwarf.TagStructType || !wanted[name] {
			continue
		}
		t, err := data.Type(entry.Offset)
		if err != nil {
			return nil, err
		}
		if s, ok := t.(*dwarf.StructType); ok {
			l := layout{Size: s.ByteSize, Fields: map[string]int64{}}
			flatten(l.Fields, s, "", 0)
			out[name] = l
		}
	}
}

func main() {
	var all []map[string]layout
	for _, path := range os.Args[1:] {
		one, err := read(path)
		if err != nil {
			fmt.Fprintln(os.Stderr, path, err)
			os.Exit(1)
		}
		all = append(all, one)
	}
	json.NewEncoder(os.Stdout).Encode(all)
}
