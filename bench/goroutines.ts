/** Goroutine dumps beside DataDog/gostackparse: a leak of 200 MB, and what a dump of 1 GB takes to read. */
import { execFileSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { repeat, runProcess } from './measure.ts';
import type { BenchRow, Measured } from './row.ts';

const TESTDATA = join(import.meta.dirname, '..', 'src', 'evidence', 'goroutines', 'testdata');
const MB = 1_000_000;
const MEMORY_GOAL_MB = 300;

export async function rows(): Promise<BenchRow[]> {
  const dir = mkdtempSync(join(tmpdir(), 'hemostat-bench-'));
  try {
    const oracle = join(dir, 'oracle');
    execFileSync('go', ['build', '-o', oracle, '.'], { cwd: join(TESTDATA, 'oracle') });
    return [await speed(dir, oracle), await memory(dir)];
  } finally {
    rmSync(dir, { recursive: true });
  }
}

async function speed(dir: string, oracle: string): Promise<BenchRow> {
  const file = join(dir, 'dump.txt');
  const count = generateDump(file, 200 * MB);
  const ours = await repeat(5, () => parse(file, count));
  // A shell opens the file for it: the peer reads standard input.
  const peer = await repeat(5, () => counted(runProcess('sh', ['-c', `exec "${oracle}" -count < "${file}"`]), count));
  rmSync(file);
  return {
    name: `parse a goroutine dump of 200 MB (${count.toLocaleString('en')} goroutines), whole process`,
    ours,
    peer: { name: 'gostackparse', ...peer },
    goal: 'not slower',
    ok: ours.ms <= peer.ms,
  };
}

async function memory(dir: string): Promise<BenchRow> {
  const file = join(dir, 'large.txt');
  const count = generateDump(file, 1000 * MB);
  const ours = await repeat(1, () => parse(file, count));
  rmSync(file);
  return {
    name: `parse a goroutine dump of 1 GB (${count.toLocaleString('en')} goroutines), whole process`,
    ours,
    peer: null,
    goal: `< ${MEMORY_GOAL_MB} MB resident`,
    ok: ours.rssMB < MEMORY_GOAL_MB,
  };
}

function parse(file: string, count: number): Promise<Measured> {
  return counted(runProcess(process.execPath, [join(import.meta.dirname, 'goroutines-parse.ts'), file]), count);
}

/** A reader that lost goroutines would be fast for nothing. */
async function counted(run: Promise<Measured & { readonly stdout: string }>, count: number): Promise<Measured> {
  const { ms, rssMB, stdout } = await run;
  if (stdout.trim() !== `${count} 0`) throw new Error(`read ${stdout.trim()} goroutines and errors, not ${count} 0`);
  return { ms, rssMB };
}

/**
 * A real dump (Go 1.19, whose every line gostackparse understands) over and over, each goroutine with an id and addresses
 * of its own. Written piece by piece; returns the number of goroutines.
 */
function generateDump(file: string, bytes: number): number {
  const goroutines = readFileSync(join(TESTDATA, 'go1.19.13', 'debug2.txt'), 'latin1')
    .trimEnd()
    .split('\n\n')
    .filter((text) => !text.includes('main.descend'));
  const out = openSync(file, 'w');
  let written = 0;
  let id = 0;
  while (written < bytes) {
    const piece: string[] = [];
    for (let length = 0; length < 1 << 20; ) {
      const text = goroutines[id % goroutines.length] ?? '';
      const address = (0xc000000000 + id * 0x2a0).toString(16);
      const one = `${text.replace(/^goroutine \d+/, `goroutine ${id + 1}`).replaceAll(/0xc[0-9a-f]{9}/g, `0x${address}`)}\n\n`;
      id++;
      length += one.length;
      piece.push(one);
    }
    written += writeSync(out, piece.join(''), null, 'latin1');
  }
  closeSync(out);
  return id;
}

if (import.meta.main) for (const row of await rows()) process.stdout.write(`${JSON.stringify(row)}\n`);
