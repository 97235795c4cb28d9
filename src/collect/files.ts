/** Plain files as a bundle: heap profiles in the order of their time become snapshots, the rest is put beside them. */
import { closeSync, openSync, readFileSync, readSync, statSync } from 'node:fs';
import { basename } from 'node:path';
import type { Profile } from '../evidence/pprof/profile.ts';
import { readProfile } from '../evidence/pprof/read.ts';
import type { BundleWriter } from './bundle-writer.ts';
import { looksLikeHtml } from './discover.ts';
import { messageOf, TargetError } from './error.ts';
import { type Identity, identityOfProfile } from './identity.ts';
import type { CaptureKind, Manifest } from './manifest.ts';
import { SCHEMA } from './manifest.ts';
import type { FilesTarget } from './target.ts';

interface GivenFile {
  readonly path: string;
  readonly bytes: number;
  readonly kinds: readonly CaptureKind[];
  /** ms since the epoch: the profile's own time, else when the file was written. */
  readonly at: number;
  readonly identity: Identity | null;
}

const HEAD = 1 << 20;

/** Throws TargetError with the file's name for the first file that cannot be used. */
export function bundleFiles(target: FilesTarget, writer: BundleWriter): Manifest {
  const given = target.files.map(examine).sort((a, b) => a.at - b.at);
  const heaps = given.filter((file) => file.kinds.includes('heap'));
  const profiles = given.filter((file) => file.kinds.includes('goroutine'));
  // The visits: one per heap profile; without any, one per goroutine profile or dump.
  const dumps = given.filter((file) => file.kinds.includes('goroutine-debug2'));
  const spine = [heaps, profiles, dumps].find((files) => files.length > 0) ?? [];
  const names = new Set<string>();
  for (const file of given) {
    const name = freeName(file.path, names);
    writer.copy(file.path, name);
    for (const kind of file.kinds) {
      const snapshot = kind === 'log' ? null : placeOf(file, kind, given, spine);
      writer.list({ file: name, kind, snapshot, at: file.at, ms: 0, bytes: file.bytes, stopsTheWorld: false });
    }
  }
  const identity = given.find((file) => file.identity !== null)?.identity ?? null;
  const times = (spine.length > 0 ? spine : given).map((file) => file.at);
  const start = times[0] ?? 0;
  const end = times.at(-1) ?? start;
  const service = identity?.service || basename(target.files[0] ?? 'files');
  return {
    schema: SCHEMA,
    target: { kind: 'files', description: target.files.map((file) => basename(file)).join(' ') },
    service,
    instance: 'files',
    goVersion: identity?.goVersion ?? null,
    mainModule: null,
    start,
    end,
    planned: { windowMs: end - start, snapshots: Math.max(1, spine.length) },
    interrupted: false,
    load: null,
    notes: [],
    captures: writer.captures,
  };
}

/** Files of a kind that are as many as the visits go one to each, in order; otherwise each to the visit nearest in time. */
function placeOf(file: GivenFile, kind: CaptureKind, given: readonly GivenFile[], spine: readonly GivenFile[]): number {
  const own = spine.indexOf(file);
  if (own >= 0) return own;
  const alike = given.filter((other) => other.kinds.includes(kind));
  if (alike.length === spine.length) return alike.indexOf(file);
  let nearest = spine.length - 1;
  for (let i = spine.length - 1; i >= 0; i--) {
    const distance = Math.abs((spine[i]?.at ?? 0) - file.at);
    if (distance < Math.abs((spine[nearest]?.at ?? 0) - file.at)) nearest = i;
  }
  return Math.max(0, nearest);
}

function examine(path: string): GivenFile {
  try {
    const { size, mtimeMs } = statSync(path);
    if (size === 0) throw new TargetError('the file is empty; fetch it again');
    const head = headOf(path);
    const written = { path, bytes: size, at: Math.floor(mtimeMs), identity: null };
    const text = textKinds(head);
    if (text !== null) return { ...written, kinds: text };
    if (looksLikeHtml(head))
      throw new TargetError(
        'is a web page, not a profile; was a login page saved? Fetch it again with the right credentials',
      );
    const profile = readProfile(readFileSync(path));
    const at = profile.timeNanos > 0n ? Number(profile.timeNanos / 1_000_000n) : written.at;
    return { ...written, at, kinds: profileKinds(profile, head), identity: identityOfProfile(profile) };
  } catch (error) {
    if (!(error instanceof Error) || error.name === 'TypeError' || error.name === 'RangeError') throw error;
    throw new TargetError(`${path}: ${messageOf(error)}`);
  }
}

function profileKinds(profile: Profile, head: Buffer): CaptureKind[] {
  const types = profile.sampleTypes.map((sampleType) => sampleType.type);
  // A debug=1 text holds the runtime's MemStats, too.
  if (types.includes('inuse_space'))
    return head.subarray(0, 13).toString('latin1') === 'heap profile:' ? ['heap', 'heap-debug1'] : ['heap'];
  if (types.includes('goroutineleak')) return ['goroutineleak'];
  if (types.includes('goroutine')) return ['goroutine'];
  throw new TargetError(`is a profile of ${types.join(', ')}, which says nothing about leaks; hemostat show prints it`);
}

/** Null where the file is not one of the texts. A log may hold a GC trace and a goroutine dump. */
function textKinds(head: Buffer): CaptureKind[] | null {
  const text = head.toString('latin1');
  if (/^(heap|goroutine|allocs|mutex|contention|threadcreate) profile:/.test(text) || head[0] === 0x1f) return null;
  if (/^\s*\{/.test(text) && text.includes('"memstats"')) return ['expvar'];
  const kinds: CaptureKind[] = [];
  if (/^goroutine \d+ .*\[.+\]:/m.test(text)) kinds.push('goroutine-debug2');
  if (/^(.*\s)?(gc \d+ @|scav \d+ )/m.test(text)) kinds.push('log');
  if (kinds.length > 0) return kinds;
  return /^# (HELP|TYPE) \S+/m.test(text) ? ['prometheus'] : null;
}

function headOf(path: string): Buffer {
  const fd = openSync(path, 'r');
  try {
    const bytes = Buffer.alloc(HEAD);
    return bytes.subarray(0, readSync(fd, bytes, 0, HEAD, 0));
  } finally {
    closeSync(fd);
  }
}

/** The file's own name where a bundle can hold it, made plain and unique. */
function freeName(path: string, taken: Set<string>): string {
  const plain =
    basename(path)
      .replaceAll(/[^A-Za-z0-9._-]/g, '_')
      .replace(/^[^A-Za-z0-9]+/, '')
      .slice(-100) || 'file';
  let name = plain === 'manifest.json' ? 'manifest-given.json' : plain;
  for (let i = 2; taken.has(name); i++) name = `${i}-${plain}`;
  taken.add(name);
  return name;
}
