// Package facts calls functions of other packages that give or release files, rows and transactions.
package facts

import (
	"context"
	"database/sql"

	"fixture/rows-not-closed/facts/fsx"
	"fixture/rows-not-closed/facts/store"
)

func created(dir string) error {
	f, err := fsx.Create(dir, "a") // want "f, the file from fsx.Create, is never closed"
	if err != nil {
		return err
	}
	_, err = f.WriteString("text")
	return err
}

func createdClosed(dir string) error {
	f, err := fsx.Create(dir, "a")
	if err != nil {
		return err
	}
	defer fsx.CloseQuietly(f)
	_, err = f.WriteString("text")
	return err
}

func must(name string) int {
	f := fsx.MustOpen(name) // want "f, the file from fsx.MustOpen, is never closed"
	return fsx.Lines(f)
}

func maybeStdin(name string) int {
	f, err := fsx.Open(name)
	if err != nil {
		return 0
	}
	if name != "-" {
		defer f.Close()
	}
	return fsx.Lines(f)
}

func columns(ctx context.Context, s *store.Store) (int, error) {
	rows, err := s.OpenRows(ctx, "select * from names") // want "rows, rows from s.OpenRows, are not closed when the function returns on line 52"
	if err != nil {
		return 0, err
	}
	return store.Columns(rows), nil
}

func readToTheEnd(ctx context.Context, s *store.Store) ([]string, error) {
	rows, err := s.OpenRows(ctx, "select * from names")
	if err != nil {
		return nil, err
	}
	return store.ReadAll(rows), nil
}

func lost(db *sql.DB) error {
	tx, err := db.Begin() // want "tx, the transaction from db.Begin, is not committed or rolled back when the function returns on line 69"
	if err != nil {
		return err
	}
	if err := store.Insert(tx, "a"); err != nil {
		return err
	}
	return tx.Commit()
}

func finished(db *sql.DB) error {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	return store.Finish(tx, store.Insert(tx, "a"))
}

func emptied(name string) error {
	f, err := fsx.Empty(name) // want "f, the file from fsx.Empty, is never closed"
	if err != nil {
		return err
	}
	f.WriteString("text")
	return nil
}
