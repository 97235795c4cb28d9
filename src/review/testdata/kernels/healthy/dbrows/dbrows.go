// Package dbrows reads rows in the ways that close them.
package dbrows

import (
	"context"
	"database/sql"
	"iter"
)

func Names(ctx context.Context, db *sql.DB) (names []string, err error) {
	rows, err := db.QueryContext(ctx, "select name from t")
	if err != nil {
		return nil, err
	}
	defer func() {
		if cerr := rows.Close(); err == nil {
			err = cerr
		}
	}()
	for rows.Next() {
		var n string
		if err = rows.Scan(&n); err != nil {
			return nil, err
		}
		names = append(names, n)
	}
	return names, rows.Err()
}

func query(db *sql.DB, q string, args ...any) (*sql.Rows, error) {
	return db.Query(q, args...)
}

func All(db *sql.DB) iter.Seq2[int, error] {
	return func(yield func(int, error) bool) {
		rows, err := query(db, "select id from t")
		if err != nil {
			yield(0, err)
			return
		}
		defer rows.Close()
		for rows.Next() {
			var id int
			err := rows.Scan(&id)
			if !yield(id, err) || err != nil {
				return
			}
		}
	}
}
