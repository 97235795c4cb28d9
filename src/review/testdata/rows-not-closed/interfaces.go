package interfaces

import (
	"context"
	"database/sql"
)

type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

func first(ctx context.Context, db querier, is func(string) bool) (string, error) {
	rows, err := db.QueryContext(ctx, "SELECT name FROM users") // want "rows, rows from db.QueryContext, are not closed when the function returns on line 20"
	if err != nil {
		return "", err
	}
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return "", err
		}
		if is(name) {
			return name, rows.Close()
		}
	}
	return "", rows.Close()
}

func all(ctx context.Context, db querier) (names []string, err error) {
	rows, err := db.QueryContext(ctx, "SELECT name FROM users")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return nil, err
		}
		names = append(names, name)
	}
	return names, rows.Err()
}
