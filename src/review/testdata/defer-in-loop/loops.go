package loops

import (
	"bufio"
	"context"
	"database/sql"
	"io"
	"os"
	"sync"
	"time"
)

func literal(names []string) error {
	for _, name := range names {
		err := func() error {
			f, err := os.Open(name)
			if err != nil {
				return err
			}
			defer f.Close()
			return nil
		}()
		if err != nil {
			return err
		}
	}
	return nil
}

func first(names []string) (string, error) {
	for _, name := range names {
		f, err := os.Open(name)
		if err != nil {
			continue
		}
		defer f.Close()
		return bufio.NewReader(f).ReadString('\n')
	}
	return "", io.EOF
}

func collected(names []string) error {
	var files []io.Reader
	for _, name := range names {
		f, err := os.Open(name)
		if err != nil {
			return err
		}
		defer f.Close()
		files = append(files, f)
	}
	_, err := io.Copy(io.Discard, io.MultiReader(files...))
	return err
}

func endless(ctx context.Context, do func(context.Context) error) error {
	for {
		ctx, cancel := context.WithTimeout(ctx, time.Second)
		defer cancel() // want "high: cancel is deferred in a loop: the loop has no end of its own"
		if err := do(ctx); err != nil {
			return err
		}
	}
}

func sometimes(names []string) {
	for _, name := range names {
		if f, err := os.Open(name); err == nil {
			defer f.Close() // want "low: f.Close is deferred in a loop"
		}
	}
}

func nestedRows(db *sql.DB, ids *sql.Rows) error {
	for ids.Next() {
		rows, err := db.Query("select 1")
		if err != nil {
			return err
		}
		defer rows.Close() // want "high: rows.Close is deferred in a loop"
	}
	return ids.Err()
}

func lockEach(all []*sync.Mutex, do func()) {
	for _, mu := range all {
		mu.Lock()
		defer mu.Unlock()
	}
	do()
}

func message(n int) {
	for range n {
		defer println("done")
	}
}

func once(tick <-chan struct{}) {
	var timer *time.Timer
	for range tick {
		if timer == nil {
			timer = time.NewTimer(time.Second)
			defer timer.Stop()
		}
	}
}
