package jobsrowsfixed

import (
	"context"
	"database/sql"
	"errors"
)

type job struct {
	id    int64
	state string
}

type queryer interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

type registry struct {
	db    queryer
	limit int
}

var errTooMany = errors.New("too many jobs")

func (r *registry) scan(rows *sql.Rows) (job, error) {
	var j job
	err := rows.Scan(&j.id, &j.state)
	return j, err
}

// Adoptable lists the jobs that nobody works on.
func (r *registry) adoptable(ctx context.Context) ([]job, error) {
	rows, err := r.db.QueryContext(ctx, "SELECT id, state FROM jobs WHERE owner IS NULL")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var jobs []job
	for rows.Next() {
		j, err := r.scan(rows)
		if err != nil {
			return nil, err
		}
		if jobs = append(jobs, j); len(jobs) > r.limit {
			return nil, errTooMany
		}
	}
	return jobs, rows.Err()
}

// Adopt resumes what nobody works on.
func Adopt(ctx context.Context, db *sql.DB, resume func(id int64) error) (int, error) {
	r := &registry{db: db, limit: 100}
	jobs, err := r.adoptable(ctx)
	if err != nil {
		return 0, err
	}
	for _, j := range jobs {
		if err := resume(j.id); err != nil {
			return 0, err
		}
	}
	return len(jobs), nil
}
