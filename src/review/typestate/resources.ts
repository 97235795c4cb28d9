/**
 * What the typestate engine knows of resources: where each is acquired, what releases it. One engine, rules are tables.
 */

export type ResourceId = 'cancel' | 'body' | 'rows' | 'statement' | 'transaction' | 'connection' | 'file' | 'ticker';

/** Where a resource comes out of a call: indices into its results. */
export interface Acquire {
  /** A Callee's key. */
  readonly key: string;
  /** Index of the result that is, or holds, the resource. */
  readonly result: number;
  /** Index of the error: the resource is nil where the error is not. -1: the call cannot fail. */
  readonly error: number;
}

export interface Resource {
  readonly id: ResourceId;
  /** Import path without which a package has none of them. */
  readonly path: string;
  readonly acquires: readonly Acquire[];
  /** The field of the result that is the resource (`Body` of a Response); '' where it is the result itself. */
  readonly field: string;
  /** Methods that release it; any of them on the resource does. */
  readonly releases: ReadonlySet<string>;
  /** Any mention counts as a release, as `go vet` has it for cancel functions. */
  readonly anyUse: boolean;
  /** A method that has released the resource once it gives false: `Next` of Rows. '' if there is none. */
  readonly exhausts: string;
  /** Methods that have released the resource if they give an error. */
  readonly failing: ReadonlySet<string>;
  /** Whether it still counts when `main` returns and the process ends with it. */
  readonly outlivesMain: boolean;
}

function acquires(result: number, error: number, ...keys: string[]): Acquire[] {
  return keys.map((key) => ({ key, result, error }));
}

function each(prefix: string, names: string): string[] {
  return names.split(' ').map((name) => prefix + name);
}

const CLOSE: ReadonlySet<string> = new Set(['Close']);
const NONE: ReadonlySet<string> = new Set();
const SIMPLE = { field: '', releases: CLOSE, anyUse: false, exhausts: '', failing: NONE, outlivesMain: false };

/** context.WithCancel and its like, by the index of the cancel function. */
const CANCEL: Resource = {
  ...SIMPLE,
  id: 'cancel',
  path: 'context',
  acquires: acquires(
    1,
    -1,
    ...each('context.', 'WithCancel WithCancelCause WithTimeout WithTimeoutCause WithDeadline WithDeadlineCause'),
  ),
  anyUse: true,
};

const NOTIFY: Resource = {
  ...CANCEL,
  path: 'os/signal',
  acquires: acquires(1, -1, 'os/signal.NotifyContext'),
};

const BODY: Resource = {
  ...SIMPLE,
  id: 'body',
  path: 'net/http',
  acquires: acquires(
    0,
    1,
    ...each('net/http.', 'Get Post PostForm'),
    ...each('net/http.Client.', 'Do Get Post PostForm'),
    'net/http.Transport.RoundTrip',
    'net/http.RoundTripper.RoundTrip',
  ),
  field: 'Body',
};

const SQL = each('database/sql.', 'DB. Tx. Conn.');
const ROWS: Resource = {
  ...SIMPLE,
  id: 'rows',
  path: 'database/sql',
  acquires: acquires(
    0,
    1,
    ...SQL.flatMap((receiver) => each(receiver, 'Query QueryContext')),
    ...each('database/sql.Stmt.', 'Query QueryContext'),
  ),
  exhausts: 'Next',
};

const STATEMENT: Resource = {
  ...SIMPLE,
  id: 'statement',
  path: 'database/sql',
  // A statement of a transaction is closed with it.
  acquires: acquires(0, 1, ...each('database/sql.', 'DB.Prepare DB.PrepareContext Conn.PrepareContext')),
};

const TRANSACTION: Resource = {
  ...SIMPLE,
  id: 'transaction',
  path: 'database/sql',
  acquires: acquires(0, 1, ...each('database/sql.', 'DB.Begin DB.BeginTx Conn.BeginTx')),
  releases: new Set(['Commit', 'Rollback']),
};

const CONNECTION: Resource = {
  ...SIMPLE,
  id: 'connection',
  path: 'database/sql',
  acquires: acquires(0, 1, 'database/sql.DB.Conn'),
};

const SQLX = 'github.com/jmoiron/sqlx';

/** Held against v1.4.0; its DB, Tx, Conn and Stmt embed those of database/sql. */
const SQLX_RESOURCES: readonly Resource[] = [
  {
    ...ROWS,
    path: SQLX,
    acquires: [
      ...ROWS.acquires,
      ...acquires(
        0,
        1,
        ...each(`${SQLX}.`, 'NamedQuery NamedQueryContext'),
        ...each(`${SQLX}.DB.`, 'Queryx QueryxContext NamedQuery NamedQueryContext'),
        ...each(`${SQLX}.Tx.`, 'Queryx QueryxContext NamedQuery'),
        ...each(`${SQLX}.Stmt.`, 'Queryx QueryxContext'),
        ...each(`${SQLX}.NamedStmt.`, 'Query QueryContext Queryx QueryxContext'),
        ...each(`${SQLX}.`, 'Conn.QueryxContext Queryer.Query Queryer.Queryx'),
        ...each(`${SQLX}.QueryerContext.`, 'QueryContext QueryxContext'),
      ),
    ],
  },
  {
    ...STATEMENT,
    path: SQLX,
    acquires: [
      ...STATEMENT.acquires,
      ...acquires(0, 1, ...each(`${SQLX}.DB.`, 'Preparex PreparexContext PrepareNamed PrepareNamedContext')),
      ...acquires(0, 1, `${SQLX}.Conn.PreparexContext`),
    ],
  },
  {
    ...TRANSACTION,
    path: SQLX,
    acquires: [
      ...TRANSACTION.acquires,
      ...acquires(0, 1, ...each(`${SQLX}.`, 'DB.Beginx DB.BeginTxx Conn.BeginTxx')),
      ...acquires(0, -1, ...each(`${SQLX}.DB.`, 'MustBegin MustBeginTx')),
    ],
  },
  { ...CONNECTION, path: SQLX, acquires: [...CONNECTION.acquires, ...acquires(0, 1, `${SQLX}.DB.Connx`)] },
];

/** Held against v4.18.3 and v5.12.0. A package may import the pool alone. */
const PGX_RESOURCES = ['github.com/jackc/pgx/v4', 'github.com/jackc/pgx/v5'].flatMap((pgx) =>
  [pgx, `${pgx}/pgxpool`].flatMap((path): Resource[] => [
    {
      ...ROWS,
      path,
      acquires: acquires(
        0,
        1,
        ...each(`${pgx}.`, 'Conn.Query Tx.Query'),
        ...each(`${pgx}/pgxpool.`, 'Pool.Query Conn.Query Tx.Query'),
      ),
      failing: new Set(['Scan', 'Values']),
    },
    {
      ...TRANSACTION,
      path,
      acquires: acquires(
        0,
        1,
        ...each(`${pgx}.Conn.`, 'Begin BeginTx'),
        ...each(`${pgx}/pgxpool.`, 'Pool.Begin Pool.BeginTx Conn.Begin Conn.BeginTx'),
      ),
    },
  ]),
);

const FILE: Resource = {
  ...SIMPLE,
  id: 'file',
  path: 'os',
  acquires: acquires(
    0,
    1,
    ...each('os.', 'Open Create OpenFile CreateTemp OpenInRoot Root.Open Root.Create Root.OpenFile'),
    'io/ioutil.TempFile',
  ),
};

const TICKER: Resource = {
  ...SIMPLE,
  id: 'ticker',
  path: 'time',
  acquires: acquires(0, -1, 'time.NewTicker'),
  releases: new Set(['Stop']),
};

/** A body by itself, as functions hand it out: `return resp.Body, nil`. */
const STREAM: Resource = { ...BODY, field: '', acquires: [] };

/** What functions hand out that they acquired; others are kept and released in too many ways. */
export const HANDED = { body: BODY, stream: STREAM, rows: ROWS, file: FILE } as const;
export type Handed = keyof typeof HANDED;

export function isHanded(kind: unknown): kind is Handed {
  return typeof kind === 'string' && Object.hasOwn(HANDED, kind);
}

/** As what functions hand out a resource; null: that is not followed. */
export function handedAs(resource: Resource): Handed | null {
  if (resource.id === 'body') return resource.field === '' ? 'stream' : 'body';
  return resource.id === 'rows' || resource.id === 'file' ? resource.id : null;
}

/** As what a parameter of some type is followed. */
export interface Parameter {
  readonly resource: Resource;
  /** The resource is in the resource's `field` of it. */
  readonly outer: boolean;
}

function parameters(resource: Resource, outer: boolean, ...types: string[]): [string, Parameter][] {
  return types.map((type) => [type, { resource, outer }]);
}

/** Types of parameters that are followed for callers in other packages; a file stands for all that has a Close. */
export const PARAMETERS: ReadonlyMap<string, Parameter> = new Map([
  ...parameters(BODY, true, 'net/http.Response'),
  ...parameters(
    FILE,
    false,
    ...each('io.', 'Closer ReadCloser WriteCloser ReadWriteCloser ReadSeekCloser'),
    ...each('io.', 'Reader Writer ReadWriter ReadSeeker WriteSeeker ReadWriteSeeker ReaderAt WriterAt'),
    'os.File',
    'io/fs.File',
    'database/sql.Stmt',
    'database/sql.Conn',
  ),
  ...parameters(
    ROWS,
    false,
    'database/sql.Rows',
    'github.com/jmoiron/sqlx.Rows',
    'github.com/jackc/pgx/v4.Rows',
    'github.com/jackc/pgx/v5.Rows',
  ),
  ...parameters(
    TRANSACTION,
    false,
    'database/sql.Tx',
    'github.com/jmoiron/sqlx.Tx',
    'github.com/jackc/pgx/v4.Tx',
    'github.com/jackc/pgx/v5.Tx',
  ),
]);

export const RESOURCES: readonly Resource[] = [
  CANCEL,
  NOTIFY,
  BODY,
  ROWS,
  ...SQLX_RESOURCES,
  ...PGX_RESOURCES,
  STATEMENT,
  TRANSACTION,
  CONNECTION,
  FILE,
  TICKER,
];
