// Package txleft begins a transaction and forgets it on one way.
package txleft

import "database/sql"

func Move(db *sql.DB, from, to int) error {
	tx, err := db.Begin() // leak: rows-not-closed
	if err != nil {
		return err
	}
	if _, err := tx.Exec("update a set n = n - 1 where id = $1", from); err != nil {
		return err
	}
	if _, err := tx.Exec("update a set n = n + 1 where id = $1", to); err != nil {
		return err
	}
	return tx.Commit()
}

// Repaired.

func MoveRepaired(db *sql.DB, from, to int) error {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if _, err := tx.Exec("update a set n = n - 1 where id = $1", from); err != nil {
		return err
	}
	if _, err := tx.Exec("update a set n = n + 1 where id = $1", to); err != nil {
		return err
	}
	return tx.Commit()
}
