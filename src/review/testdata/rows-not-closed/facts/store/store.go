// Package store hands rows out and reads them.
package store

import (
	"context"
	"database/sql"
)

type Store struct{ DB *sql.DB }

func (s *Store) OpenRows(ctx context.Context, query string) (*sql.Rows, error) {
	rows, err := s.DB.QueryContext(ctx, query)
	if err != nil {
		return nil, err
	}
	return rows, nil
}

// ReadAll reads to the end, which closes.
func ReadAll(rows *sql.Rows) (names []string) {
	for rows.Next() {
		var name string
		rows.Scan(&name)
		names = append(names, name)
	}
	return names
}

func Columns(rows *sql.Rows) int {
	columns, _ := rows.Columns()
	return len(columns)
}

func Insert(tx *sql.Tx, name string) error {
	_, err := tx.Exec("insert into names values (?)", name)
	return err
}

func Finish(tx *sql.Tx, err error) error {
	if err != nil {
		return tx.Rollback()
	}
	return tx.Commit()
}
