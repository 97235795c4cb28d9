/**
 * The table's keys of sqlx and pgx, held against modules that declare what those do: names, receivers, results and
 * embedding were read off sqlx v1.4.0, pgx v4.18.3 and v5.12.0. Each key of the table must be met by a call in source.
 */
import { expect, it } from 'vitest';
import { makeModule } from '../../testing/review-module.ts';
import { mismatches, wantsOf } from '../../testing/review-wants.ts';
import { review } from '../review.ts';
import { RESOURCES } from './resources.ts';

const SQLX = `package sqlx

import (
	"context"
	"database/sql"
)

type DB struct{ *sql.DB }
type Conn struct{ *sql.Conn }
type Tx struct{ *sql.Tx }
type Stmt struct{ *sql.Stmt }
type Rows struct{ *sql.Rows }
type NamedStmt struct{ Stmt *Stmt }

type Queryer interface {
	Query(query string, args ...interface{}) (*sql.Rows, error)
	Queryx(query string, args ...interface{}) (*Rows, error)
}
type QueryerContext interface {
	QueryContext(ctx context.Context, query string, args ...interface{}) (*sql.Rows, error)
	QueryxContext(ctx context.Context, query string, args ...interface{}) (*Rows, error)
}
type Ext interface{ Queryer }
type ExtContext interface{ QueryerContext }

func NamedQuery(e Ext, query string, arg interface{}) (*Rows, error)
func NamedQueryContext(ctx context.Context, e ExtContext, query string, arg interface{}) (*Rows, error)

func (db *DB) Queryx(query string, args ...interface{}) (*Rows, error)
func (db *DB) QueryxContext(ctx context.Context, query string, args ...interface{}) (*Rows, error)
func (db *DB) NamedQuery(query string, arg interface{}) (*Rows, error)
func (db *DB) NamedQueryContext(ctx context.Context, query string, arg interface{}) (*Rows, error)
func (db *DB) Preparex(query string) (*Stmt, error)
func (db *DB) PreparexContext(ctx context.Context, query string) (*Stmt, error)
func (db *DB) PrepareNamed(query string) (*NamedStmt, error)
func (db *DB) PrepareNamedContext(ctx context.Context, query string) (*NamedStmt, error)
func (db *DB) Beginx() (*Tx, error)
func (db *DB) BeginTxx(ctx context.Context, opts *sql.TxOptions) (*Tx, error)
func (db *DB) MustBegin() *Tx
func (db *DB) MustBeginTx(ctx context.Context, opts *sql.TxOptions) *Tx
func (db *DB) Connx(ctx context.Context) (*Conn, error)
func (c *Conn) BeginTxx(ctx context.Context, opts *sql.TxOptions) (*Tx, error)
func (c *Conn) PreparexContext(ctx context.Context, query string) (*Stmt, error)
func (c *Conn) QueryxContext(ctx context.Context, query string, args ...interface{}) (*Rows, error)
func (tx *Tx) Queryx(query string, args ...interface{}) (*Rows, error)
func (tx *Tx) QueryxContext(ctx context.Context, query string, args ...interface{}) (*Rows, error)
func (tx *Tx) NamedQuery(query string, arg interface{}) (*Rows, error)
func (s *Stmt) Queryx(args ...interface{}) (*Rows, error)
func (s *Stmt) QueryxContext(ctx context.Context, args ...interface{}) (*Rows, error)
func (n *NamedStmt) Close() error
func (n *NamedStmt) Query(arg interface{}) (*sql.Rows, error)
func (n *NamedStmt) QueryContext(ctx context.Context, arg interface{}) (*sql.Rows, error)
func (n *NamedStmt) Queryx(arg interface{}) (*Rows, error)
func (n *NamedStmt) QueryxContext(ctx context.Context, arg interface{}) (*Rows, error)
`;

const pgx = `package pgx

import "context"

type TxOptions struct{}
type Rows interface {
	Close()
	Err() error
	Next() bool
	Scan(dest ...any) error
	Values() ([]any, error)
}
type Conn struct{}
type Tx interface {
	Begin(ctx context.Context) (Tx, error)
	Commit(ctx context.Context) error
	Rollback(ctx context.Context) error
	Query(ctx context.Context, sql string, args ...any) (Rows, error)
}

func (c *Conn) Query(ctx context.Context, sql string, args ...any) (Rows, error)
func (c *Conn) Begin(ctx context.Context) (Tx, error)
func (c *Conn) BeginTx(ctx context.Context, txOptions TxOptions) (Tx, error)
func CollectRows(rows Rows) ([]string, error)
`;

const pool = (path: string): string => `package pgxpool

import (
	"context"

	"${path}"
)

type Pool struct{}
type Conn struct{}
type Tx struct{}

func (p *Pool) Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
func (p *Pool) Begin(ctx context.Context) (pgx.Tx, error)
func (p *Pool) BeginTx(ctx context.Context, txOptions pgx.TxOptions) (pgx.Tx, error)
func (c *Conn) Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
func (c *Conn) Begin(ctx context.Context) (pgx.Tx, error)
func (c *Conn) BeginTx(ctx context.Context, txOptions pgx.TxOptions) (pgx.Tx, error)
func (tx *Tx) Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
`;

const DRIVERS = ['github.com/jmoiron/sqlx', 'github.com/jackc/pgx/v4', 'github.com/jackc/pgx/v5'];

const FILES = {
  'go.mod': `module example.com/shop

go 1.26

${DRIVERS.map((path) => `require ${path} v1.0.0\n\nreplace ${path} => ./drivers/${path}\n`).join('\n')}`,
  'drivers/github.com/jmoiron/sqlx/go.mod': 'module github.com/jmoiron/sqlx\n',
  'drivers/github.com/jmoiron/sqlx/sqlx.go': SQLX,
  ...Object.fromEntries(
    DRIVERS.slice(1).flatMap((path) => [
      [`drivers/${path}/go.mod`, `module ${path}\n`],
      [`drivers/${path}/pgx.go`, pgx],
      [`drivers/${path}/pgxpool/pool.go`, pool(path)],
    ]),
  ),
};

/** One function a key: the result is not released, so it must be reported. */
function useOf(key: string, index: number, error: number): string {
  const [, path = '', member = ''] = /^(.*\/[^./]+)\.(.*)$/.exec(key) ?? [];
  const name = path.endsWith('/pgxpool')
    ? 'pgxpool'
    : path.includes('/pgx/')
      ? 'pgx'
      : path.slice(path.lastIndexOf('/') + 1);
  const [receiver, method] = member.includes('.') ? member.split('.') : ['', member];
  const isInterface = /^Queryer/.test(receiver ?? '') || (name === 'pgx' && receiver === 'Tx');
  const parameter = receiver === '' ? '' : `x ${isInterface ? '' : '*'}${name}.${receiver}`;
  // What is passed does not matter to whom it is known by name.
  const call = `${receiver === '' ? name : 'x'}.${method}()`;
  const give = error === -1 ? `got := ${call}` : `got, err := ${call}`;
  return `package p${index}

import "${path}"

func f(${parameter}) error {
	${give} // want "got"
${error === -1 ? '' : '\tif err != nil {\n\t\treturn err\n\t}\n'}	_ = got
	return nil
}
`;
}

it('finds what every key of the table acquires, and releases nothing that was not', async () => {
  const acquires = RESOURCES.filter((resource) => DRIVERS.some((path) => resource.path.startsWith(path)))
    .flatMap((resource) => resource.acquires)
    .filter(({ key }) => DRIVERS.some((path) => key.startsWith(path)));
  const keys = [...new Map(acquires.map((acquire) => [acquire.key, acquire])).values()];
  expect(keys.length).toBeGreaterThan(40);
  const uses = Object.fromEntries(keys.map(({ key, error }, index) => [`p${index}/p.go`, useOf(key, index, error)]));
  expect(await reported(uses)).toEqual([]);
});

it('knows what embedding, reading to the end, and a Scan that fails do', async () => {
  const files = {
    'right/right.go': `package right

import (
	"context"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jmoiron/sqlx"
)

func embedded(db *sqlx.DB) error {
	rows, err := db.Query("select 1") // want "rows from db.Query"
	if err != nil {
		return err
	}
	rows.Columns()
	return nil
}

func scanned(ctx context.Context, pool *pgxpool.Pool) (names []string, err error) {
	rows, err := pool.Query(ctx, "select name")
	if err != nil {
		return nil, err
	}
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return nil, err
		}
		_, err := rows.Values()
		if err != nil {
			return nil, err
		}
		names = append(names, name)
	}
	return names, rows.Err()
}

func leftEarly(ctx context.Context, pool *pgxpool.Pool) (name string, err error) {
	rows, err := pool.Query(ctx, "select name") // want "rows from pool.Query"
	if err != nil {
		return "", err
	}
	for rows.Next() {
		if err := rows.Scan(&name); err != nil {
			return "", err
		}
		if name != "" {
			return name, nil
		}
	}
	return "", rows.Err()
}

// Scan of sqlx leaves the rows open.
func sqlxScanned(db *sqlx.DB) (name string, err error) {
	rows, err := db.Queryx("select name") // want "rows from db.Queryx"
	if err != nil {
		return "", err
	}
	for rows.Next() {
		if err := rows.Scan(&name); err != nil {
			return "", err
		}
	}
	return name, rows.Err()
}

func collected(ctx context.Context, conn *pgx.Conn) ([]string, error) {
	rows, err := conn.Query(ctx, "select name")
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows)
}

func transaction(ctx context.Context, conn *pgx.Conn) error {
	tx, err := conn.Begin(ctx)
	if err != nil {
		return err
	}
	defer tx.Rollback(ctx)
	return tx.Commit(ctx)
}

func named(stmt *sqlx.NamedStmt) error {
	rows, err := stmt.Queryx(nil)
	if err != nil {
		return err
	}
	return rows.Close()
}
`,
  };
  expect(await reported(files)).toEqual([]);
});

async function reported(files: Readonly<Record<string, string>>): Promise<string[]> {
  const module = makeModule({ ...FILES, ...files });
  try {
    const { reports } = await review(
      Object.keys(files).map((path) => `./${path.slice(0, path.indexOf('/'))}`),
      {
        cwd: module.dir,
        rules: ['rows-not-closed'],
        cache: 'off',
        workers: 0,
      },
    );
    const wants = Object.entries(files).flatMap(([path, source]) => wantsOf(module.path(path), source));
    return mismatches(wants, reports);
  } finally {
    module.remove();
  }
}
