/** manifest.json of a bundle: what was taken when, and what it cost the service. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { codeOf, messageOf, TargetError } from './error.ts';

export const SCHEMA = 'hemostat/bundle@1';

/** A name inside the bundle's directory: no path can lead out of it. */
const fileName = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/, 'is not a plain file name');
const ms = z.number().finite().nonnegative();

export const CAPTURE_KINDS = [
  'heap',
  'heap-debug1',
  'expvar',
  'prometheus',
  'goroutine',
  'goroutine-debug1',
  'goroutine-debug2',
  'goroutineleak',
  'symbols',
  'trace',
  'heapdump',
  'executable',
  'process',
  'log',
  'rss',
  'syscalls',
] as const;

const captureSchema = z.strictObject({
  /** Absent where nothing was received. */
  file: fileName.optional(),
  kind: z.enum(CAPTURE_KINDS),
  /** Index of the visit; null for what spans the window. */
  snapshot: z.int().nonnegative().nullable(),
  /** When the capture began, ms since the epoch. */
  at: ms,
  /** From asking to having it. */
  ms,
  bytes: z.int().nonnegative(),
  /** Without credentials. */
  url: z.string().optional(),
  status: z.int().optional(),
  /** false, or a few words on when and for how long. */
  stopsTheWorld: z.union([z.boolean(), z.string()]),
  error: z.string().optional(),
});

const manifestSchema = z.strictObject({
  schema: z.literal(SCHEMA),
  target: z.strictObject({
    kind: z.enum(['url', 'pid', 'child', 'lab', 'files']),
    /** What a person would recognise: a URL without credentials, a command line without secrets, file names. */
    description: z.string(),
    pid: z.int().positive().optional(),
  }),
  service: z.string(),
  instance: z.string(),
  goVersion: z.string().nullable(),
  /** Path of the main module, e.g. `example.com/orders`. */
  mainModule: z.string().nullable(),
  /** GOGC, GOMEMLIMIT, GODEBUG, GOMAXPROCS of the process where its environment could be read. */
  environment: z
    .strictObject({
      GOGC: z.string().optional(),
      GOMEMLIMIT: z.string().optional(),
      GODEBUG: z.string().optional(),
      GOMAXPROCS: z.string().optional(),
    })
    .optional(),
  /** ms since the epoch. */
  start: ms,
  end: ms,
  planned: z.strictObject({ windowMs: ms, snapshots: z.int().positive() }),
  interrupted: z.boolean(),
  load: z
    .strictObject({
      metric: z.string(),
      source: z.enum(['expvar', 'prometheus']),
      kind: z.enum(['counter', 'gauge']),
      guessed: z.boolean(),
    })
    .nullable(),
  notes: z.array(z.string()),
  captures: z.array(captureSchema),
});

export type Manifest = z.infer<typeof manifestSchema>;
export type Capture = z.infer<typeof captureSchema>;
export type CaptureKind = Capture['kind'];

/** `path` is only for the message. */
export function parseManifest(text: string, path: string): Manifest {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new TargetError(`${path} is not JSON: the bundle is damaged; take a new one with hemostat capture`);
  }
  const schema = typeof json === 'object' && json !== null && 'schema' in json ? json.schema : undefined;
  if (typeof schema === 'string' && schema.startsWith('hemostat/bundle@') && schema !== SCHEMA) {
    throw new TargetError(`${path} has schema ${schema}, this hemostat reads ${SCHEMA}; use the version that wrote it`);
  }
  const result = manifestSchema.safeParse(json);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const where = issue?.path.join('.') || 'the document';
  throw new TargetError(
    `${path} is not a bundle manifest (${where}: ${issue?.message ?? 'invalid'}); take a new bundle with hemostat capture`,
  );
}

/** The manifest of a bundle directory. */
export function readManifest(dir: string): Manifest {
  const path = join(dir, 'manifest.json');
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') throw new TargetError(`${dir} has no manifest.json, so it is not a bundle`);
    throw new TargetError(`${path} cannot be read: ${messageOf(error)}`);
  }
  return parseManifest(text, path);
}
