/**
 * `hemostat review` of the whole standard library, tests and vendored code included, cold (nothing remembered) and warm
 * (unchanged), beside `go vet` and staticcheck over the same packages, each with caches of its own in a temporary directory.
 *
 * Cold for `go vet` is an empty GOCACHE: it compiles what it checks. `node bench/review.ts` measures these rows alone.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { repeat } from './measure.ts';
import { runTree } from './review-tree.ts';
import type { BenchRow, Measured } from './row.ts';

const HEMOSTAT = join(import.meta.dirname, '..', 'bin', 'hemostat');
const STATICCHECK = 'honnef.co/go/tools/cmd/staticcheck@v0.8.2';
const LIMIT_MB = 1024;

interface Pair {
  readonly cold: Measured;
  readonly warm: Measured;
}

export async function rows(): Promise<BenchRow[]> {
  const dir = mkdtempSync(join(tmpdir(), 'hemostat-bench-'));
  try {
    const goroot = execFileSync('go', ['env', 'GOROOT'], { encoding: 'utf8' }).trim();
    const src = join(goroot, 'src');
    const ours = await review(src, dir);
    const vet = await goVet(src, dir);
    const others = await staticcheck(src, dir);
    const what = 'review of the standard library';
    return [
      {
        name: `${what}, cold`,
        ours: ours.cold,
        peer: { ...vet.cold, name: 'go vet std, empty GOCACHE' },
        goal: '≤ 10 s, ≥ 9× faster, ≤ 1 GiB',
        ok: ours.cold.ms <= 10_000 && vet.cold.ms >= 9 * ours.cold.ms && ours.cold.rssMB <= LIMIT_MB,
      },
      row(`${what}, cold`, ours.cold, others?.cold ?? null, 'staticcheck std, empty caches', 10_000),
      row(`${what}, unchanged`, ours.warm, vet.warm, 'go vet std, warm', 1000),
      row(`${what}, unchanged`, ours.warm, others?.warm ?? null, 'staticcheck std, warm', 1000),
    ];
  } finally {
    // Go makes its caches read-only in places.
    if (existsSync(dir)) execFileSync('chmod', ['-R', 'u+w', dir]);
    rmSync(dir, { recursive: true, force: true });
  }
}

function row(name: string, ours: Measured, peer: Measured | null, peerName: string, limitMs: number): BenchRow {
  return {
    name,
    ours,
    peer: peer === null ? null : { ...peer, name: peerName },
    goal: `≤ ${limitMs / 1000} s, ≤ 1 GiB`,
    ok: ours.ms <= limitMs && ours.rssMB <= LIMIT_MB,
  };
}

async function review(src: string, dir: string): Promise<Pair> {
  let count = 0;
  const once = (cache: string): Promise<Measured> =>
    runTree(HEMOSTAT, ['review', 'std', '--json', '--fail-on', 'never'], {
      cwd: src,
      env: { ...process.env, HEMOSTAT_CACHE: join(dir, cache) },
      exitCodes: [0],
    });
  const cold = await repeat(3, () => once(`ours-${++count}`));
  return { cold, warm: await repeat(5, () => once(`ours-${count}`)) };
}

async function goVet(src: string, dir: string): Promise<Pair> {
  const once = (): Promise<Measured> =>
    runTree('go', ['vet', 'std'], {
      cwd: src,
      env: { ...process.env, GOCACHE: join(dir, 'vet'), GOFLAGS: '' },
      exitCodes: [0, 1],
    });
  // Twice: what it compiled is there, and what it said.
  return { cold: await once(), warm: await repeat(3, once) };
}

/** Null where it cannot be installed. */
async function staticcheck(src: string, dir: string): Promise<Pair | null> {
  const bin = join(dir, 'bin');
  try {
    mkdirSync(bin);
    // Outside GOROOT: its vendor directory is none of this tool's business.
    const env = { ...process.env, GOBIN: bin, GOFLAGS: '' };
    execFileSync('go', ['install', STATICCHECK], { cwd: dir, env, stdio: ['ignore', 'ignore', 'pipe'] });
  } catch (error) {
    const reason = error instanceof Error ? error.message.split('\n')[0] : String(error);
    process.stderr.write(`no staticcheck: ${reason}\n`);
    return null;
  }
  const once = (): Promise<Measured> =>
    runTree(join(bin, 'staticcheck'), ['std'], {
      cwd: src,
      env: {
        ...process.env,
        GOCACHE: join(dir, 'staticcheck-go'),
        STATICCHECK_CACHE: join(dir, 'staticcheck'),
        GOFLAGS: '',
      },
      exitCodes: [0, 1],
    });
  return { cold: await once(), warm: await repeat(3, once) };
}

if (import.meta.main) {
  for (const { name, ours, peer, goal, ok } of await rows()) {
    const say = ({ ms, rssMB }: Measured): string => `${(ms / 1000).toFixed(2)} s, ${rssMB.toFixed(0)} MiB`;
    const theirs = peer === null ? '-' : `${say(peer)} (${peer.name})`;
    process.stdout.write(`${name}: ${say(ours)}; ${theirs}; ${goal}: ${ok ? 'yes' : 'no'}\n`);
  }
}
