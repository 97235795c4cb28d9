// Package queries closes rows and ends transactions in the usual and in other ways.
package queries

import (
	"context"
	"database/sql"
	"errors"
)

func Count(db *sql.DB) (n int, err error) {
	err = db.QueryRow("select count(*) from t").Scan(&n)
	return n, err
}

func scanAll[T any](rows *sql.Rows, scan func(*sql.Rows) (T, error)) ([]T, error) {
	defer rows.Close()
	var out []T
	for rows.Next() {
		v, err := scan(rows)
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, rows.Err()
}

func IDs(ctx context.Context, db *sql.DB) ([]int, error) {
	rows, err := db.QueryContext(ctx, "select id from t")
	if err != nil {
		return nil, err
	}
	return scanAll(rows, func(r *sql.Rows) (id int, err error) {
		err = r.Scan(&id)
		return id, err
	})
}

// ToTheEnd reads all rows, which closes them.
func ToTheEnd(db *sql.DB, each func(int)) error {
	rows, err := db.Query("select id from t")
	if err != nil {
		return err
	}
	for rows.Next() {
		var id int
		rows.Scan(&id)
		each(id)
	}
	return rows.Err()
}

type Cursor struct{ rows *sql.Rows }

func OpenCursor(db *sql.DB) (*Cursor, error) {
	rows, err := db.Query("select id from t")
	if err != nil {
		return nil, err
	}
	return &Cursor{rows: rows}, nil
}

func (c *Cursor) Close() error { return c.rows.Close() }

func WithTx(db *sql.DB, f func(*sql.Tx) error) (err error) {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	defer func() {
		if p := recover(); p != nil {
			tx.Rollback()
			panic(p)
		}
		if err != nil {
			tx.Rollback()
			return
		}
		err = tx.Commit()
	}()
	return f(tx)
}

func finish(tx *sql.Tx, err *error) {
	if *err != nil {
		*err = errors.Join(*err, tx.Rollback())
		return
	}
	*err = tx.Commit()
}

func Update(db *sql.DB) (err error) {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	defer finish(tx, &err)
	_, err = tx.Exec("update t set n = 1")
	return err
}

type Store struct {
	tx *sql.Tx
	db *sql.DB
}

func (s *Store) Begin() (err error) {
	s.tx, err = s.db.Begin()
	return err
}

func Paged(db *sql.DB, page func(int) bool) error {
	for offset := 0; ; offset += 100 {
		rows, err := db.Query("select id from t limit 100 offset $1", offset)
		if err != nil {
			return err
		}
		n := 0
		for rows.Next() {
			n++
		}
		err = rows.Err()
		rows.Close()
		if err != nil || n == 0 || !page(n) {
			return err
		}
	}
}
