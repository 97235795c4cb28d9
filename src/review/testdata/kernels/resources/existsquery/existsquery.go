// Package existsquery asks whether there is a row and leaves the rows open.
package existsquery

import "database/sql"

func Exists(tx *sql.Tx, id int) bool {
	rows, err := tx.Query("select 1 from orders where id = $1", id) // leak: rows-not-closed
	return err == nil && rows.Next()
}

// Repaired.

func ExistsRepaired(tx *sql.Tx, id int) bool {
	rows, err := tx.Query("select 1 from orders where id = $1", id)
	if err != nil {
		return false
	}
	defer rows.Close()
	return rows.Next()
}
