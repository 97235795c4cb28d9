/** Profiles beside go tool pprof and pprof-format, and how long hemostat takes to start. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { repeat, runProcess } from './measure.ts';
import { generateProfile } from './pprof-generate.ts';
import type { BenchRow, Measured } from './row.ts';

const HOME = join(import.meta.dirname, '..');
const HEMOSTAT = join(HOME, 'bin', 'hemostat');
const SMALL = join(HOME, 'src', 'evidence', 'pprof', 'testdata', 'go1.27', 'heap.pb.gz');
const SAMPLES = 500_000;

export async function rows(): Promise<BenchRow[]> {
  const dir = mkdtempSync(join(tmpdir(), 'hemostat-bench-'));
  try {
    const file = join(dir, 'large.pb.gz');
    writeFileSync(file, generateProfile(SAMPLES));
    return [await readAndTop(file), await decode(file), ...(await startUp())];
  } finally {
    rmSync(dir, { recursive: true });
  }
}

async function readAndTop(file: string): Promise<BenchRow> {
  // The tool itself: `go tool pprof` would add the start of the go command to every run.
  execFileSync('go', ['version'], { stdio: 'ignore' });
  const tool = execFileSync('go', ['tool', '-n', 'pprof'], { encoding: 'utf8' }).trim();
  const env = { ...process.env, PPROF_TMPDIR: tmpdir() };
  const ours = await repeat(5, () => runProcess(HEMOSTAT, ['show', file]));
  const peer = await repeat(3, () => runProcess(tool, ['-symbolize=none', '-top', file], env));
  return {
    name: 'read and rank 500,000 samples of depth 20, whole process',
    ours,
    peer: { name: 'go tool pprof -top', ...peer },
    goal: '≥ 10× faster, ≤ 1/4 of the memory',
    ok: ours.ms * 10 <= peer.ms && ours.rssMB * 4 <= peer.rssMB,
  };
}

async function decode(file: string): Promise<BenchRow> {
  const once = async (who: string): Promise<Measured> => {
    const { rssMB, stdout } = await runProcess(process.execPath, [
      join(import.meta.dirname, 'pprof-decode.ts'),
      who,
      file,
    ]);
    return { ms: Number(stdout), rssMB };
  };
  const ours = await repeat(5, () => once('ours'));
  const peer = await repeat(5, () => once('peer'));
  return {
    name: 'decode 500,000 samples of depth 20, already inflated',
    ours,
    peer: { name: 'pprof-format', ...peer },
    goal: '≥ 8× faster',
    ok: ours.ms * 8 <= peer.ms,
  };
}

async function startUp(): Promise<BenchRow[]> {
  const version = await repeat(15, () => runProcess(HEMOSTAT, ['--version']));
  const show = await repeat(15, () => runProcess(HEMOSTAT, ['show', SMALL]));
  return [
    { name: 'start-up: hemostat --version', ours: version, peer: null, goal: '< 100 ms', ok: version.ms < 100 },
    { name: 'start-up: hemostat show, small profile', ours: show, peer: null, goal: '< 250 ms', ok: show.ms < 250 },
  ];
}

if (import.meta.main) for (const row of await rows()) process.stdout.write(`${JSON.stringify(row)}\n`);
