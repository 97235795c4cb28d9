package main

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/rand"
	"os"

	"golang.org/x/mod/sumdb/tlog"
)

type hashes []tlog.Hash

func (h hashes) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	list := make([]tlog.Hash, len(indexes))
	for i, id := range indexes {
		list[i] = h[id]
	}
	return list, nil
}

// Records of the log; more than 256², so that its tiles have three levels.
const records = 66_000

// Vectors prints the tiles of a log whose record i is "record i\n", and its root at some sizes.
func vectors() error {
	var stored hashes
	for i := range int64(records) {
		more, err := tlog.StoredHashesForRecordHash(i, tlog.RecordHash(fmt.Appendf(nil, "record %d\n", i)), stored)
		if err != nil {
			return err
		}
		stored = append(stored, more...)
	}
	sizes := []int64{1, 2, 3, 255, 256, 257, 511, 512, 65535, 65536, 65537, 65792, records}
	random := rand.New(rand.NewSource(1))
	for range 150 {
		sizes = append(sizes, 1+random.Int63n(1200), 1+random.Int63n(records))
	}
	roots := map[int64]string{}
	for _, size := range sizes {
		root, err := tlog.TreeHash(size, stored)
		if err != nil {
			return err
		}
		roots[size] = root.String()
	}
	tiles := map[string]string{}
	for _, tile := range tlog.NewTiles(8, 0, records) {
		data, err := tlog.ReadTileData(tile, stored)
		if err != nil {
			return err
		}
		tiles[tile.Path()] = base64.StdEncoding.EncodeToString(data)
	}
	paths := map[string]string{}
	for _, n := range []int64{0, 7, 999, 1000, 1234067, 999999999} {
		for _, w := range []int{1, 255, 256} {
			paths[fmt.Sprintf("%d %d", n, w)] = tlog.Tile{H: 8, L: 1, N: n, W: w}.Path()
		}
	}
	return json.NewEncoder(os.Stdout).Encode(map[string]any{"roots": roots, "tiles": tiles, "paths": paths})
}
