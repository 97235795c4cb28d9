package ways

import (
	"bufio"
	"context"
	"database/sql"
	"errors"
	"io"
	"os"
)

func readToEnd(db *sql.DB) (n int, err error) {
	rows, err := db.Query("select 1")
	if err != nil {
		return 0, err
	}
	for rows.Next() {
		n++
	}
	return n, rows.Err()
}

func neverRead(ctx context.Context, db *sql.DB) error {
	rows, err := db.QueryContext(ctx, "select 1") // want "high: rows, rows from db.QueryContext, are not closed"
	if err != nil {
		return err
	}
	return rows.Err()
}

func leavesEarly(db *sql.DB) (int, error) {
	rows, err := db.Query("select 1") // want "not closed when the function returns on line 39"
	if err != nil {
		return 0, err
	}
	var n int
	for rows.Next() {
		if err := rows.Scan(&n); err != nil {
			return 0, err
		}
	}
	rows.Close()
	return n, nil
}

func passedOn(db *sql.DB) error {
	rows, err := db.Query("select 1")
	if err != nil {
		return err
	}
	return each(rows, func(int) {})
}

func each(rows *sql.Rows, f func(int)) error {
	defer rows.Close()
	for rows.Next() {
		var n int
		if err := rows.Scan(&n); err != nil {
			return err
		}
		f(n)
	}
	return rows.Err()
}

func prepared(db *sql.DB) error {
	stmt, err := db.Prepare("insert into t values (?)") // want "stmt, the statement from db.Prepare, is never closed"
	if err != nil {
		return err
	}
	_, err = stmt.Exec(1)
	return err
}

func rolledBack(db *sql.DB) (err error) {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			tx.Rollback()
		}
	}()
	if _, err = tx.Exec("update t set n = 1"); err != nil {
		return err
	}
	return tx.Commit()
}

func inTransaction(db *sql.DB, do func(*sql.Tx) error) error {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	if err := do(tx); err != nil {
		tx.Rollback()
		return err
	}
	return tx.Commit()
}

func firstLine(name string) (string, error) {
	f, err := os.Open(name) // want "high: f, the file from os.Open, is never closed"
	if err != nil {
		return "", err
	}
	return bufio.NewReader(f).ReadString('\n')
}

func copied(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.Create(to) // want "medium: out, the file from os.Create, is not closed when the function returns on line 122"
	if err != nil {
		return err
	}
	if _, err := io.Copy(out, in); err != nil {
		return err
	}
	return out.Close()
}

func exists(name string) bool {
	f, err := os.Open(name)
	if errors.Is(err, os.ErrNotExist) {
		return false
	}
	if err != nil {
		return false
	}
	f.Close()
	return true
}

type log struct{ f *os.File }

func (l *log) open(name string) error {
	f, err := os.OpenFile(name, os.O_APPEND, 0)
	if err != nil {
		return err
	}
	l.f = f
	return nil
}

func named(name string) (f *os.File, err error) {
	f, err = os.Open(name)
	if err != nil {
		return
	}
	return
}

func optional(name string) (int, error) {
	var in io.Reader = os.Stdin
	if name != "" {
		f, err := os.Open(name)
		if err != nil {
			return 0, err
		}
		defer f.Close()
		in = f
	}
	return in.Read(nil)
}

func opened(name string) int {
	var f *os.File
	var err error
	if name != "" {
		f, err = os.Open(name)
		if err != nil {
			return 0
		}
	}
	n := len(name)
	if name != "" {
		f.Close()
	}
	return n
}
