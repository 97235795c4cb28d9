/** For tests only: a checksum database and a module proxy on loopback, made of golang.org/x/mod (test/guard/sumdb), built once. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

const ROOT = join(import.meta.dirname, '..', '..');
const SOURCE = join(ROOT, 'test', 'guard', 'sumdb');

export const GO = existsSync('/usr/local/go/bin/go') ? '/usr/local/go/bin/go' : 'go';

/** What a database holds; see test/guard/sumdb/serve.go. */
export interface DatabaseConfig {
  readonly signer?: string;
  readonly filler?: number;
  readonly tag?: string;
  readonly lines?: readonly string[];
  /** Whether the records of `lines` are in the log before anybody asks. */
  readonly preload?: boolean;
}

/** Regular expressions over paths that are answered wrongly, by how. */
export type Knobs = Partial<
  Readonly<Record<'missing' | 'truncated' | 'corrupt' | 'endless' | 'failing' | 'lying', string>>
>;

export interface TestModule {
  readonly path: string;
  readonly version: string;
  readonly files: Readonly<Record<string, string>>;
  readonly time?: string;
}

/** Path of the built helper. */
export function buildSumdb(): string {
  const files = readdirSync(SOURCE).sort();
  const hash = createHash('sha256').update(execFileSync(GO, ['env', 'GOVERSION']));
  for (const file of files) hash.update(readFileSync(join(SOURCE, file)));
  const directory = join(ROOT, '.cache', 'sumdb');
  const binary = join(directory, hash.digest('hex').slice(0, 16));
  if (existsSync(binary)) return binary;
  mkdirSync(directory, { recursive: true });
  const partial = `${binary}.${process.pid}`;
  execFileSync(GO, ['build', '-trimpath', '-buildvcs=false', '-o', partial, '.'], { cwd: SOURCE, timeout: 170_000 });
  renameSync(partial, binary);
  return binary;
}

export class TestSumdb {
  readonly #process: ChildProcess;
  readonly #url: string;
  /** `sumdb.test+hash+key` of the signer `first`. */
  readonly key: string;

  private constructor(process: ChildProcess, key: string, url: string) {
    this.#process = process;
    this.key = key;
    this.#url = url;
  }

  static async start(databases: Readonly<Record<string, DatabaseConfig>>): Promise<TestSumdb> {
    const child = spawn(buildSumdb(), ['serve'], { stdio: ['pipe', 'pipe', 'inherit'] });
    child.stdin.write(`${JSON.stringify(databases)}\n`);
    const [key = '', url = ''] = await new Promise<string[]>((resolve, reject) => {
      let text = '';
      child.stdout.on('data', (chunk: Buffer) => {
        text += chunk.toString();
        if (text.includes('\n')) resolve(text.trim().split(' '));
      });
      child.once('exit', () => reject(new Error('the test database ended')));
    });
    return new TestSumdb(child, key, url);
  }

  url(name: string): string {
    return `${this.#url}/${name}`;
  }

  /** As GOSUMDB has it. */
  database(name: string): string {
    return `${this.key} ${this.url(name)}`;
  }

  async knobs(name: string, knobs: Knobs): Promise<void> {
    await fetch(`${this.#url}/_/${name}/knobs`, { method: 'POST', body: JSON.stringify(knobs) });
  }

  /** Adds ten records. */
  async grow(name: string): Promise<void> {
    await fetch(`${this.#url}/_/${name}/grow`, { method: 'POST' });
  }

  /** How often each path was asked for since the last call. */
  async seen(name: string): Promise<Record<string, number>> {
    const answer = await fetch(`${this.#url}/_/${name}/seen`, { method: 'POST' });
    return z.record(z.string(), z.number()).parse(await answer.json());
  }

  async stop(): Promise<void> {
    const exited = once(this.#process, 'exit');
    this.#process.stdin?.end();
    await exited;
  }
}

/** Writes modules as a GOPROXY file tree into `out`; their go.sum lines, two for each. */
export function writeProxy(out: string, modules: readonly TestModule[]): string[] {
  const printed = execFileSync(buildSumdb(), ['proxy'], {
    input: JSON.stringify({ out, modules }),
    encoding: 'utf8',
    timeout: 170_000,
  });
  return printed.trimEnd().split('\n');
}

/** `h1:` of zips and of directories (`DIR=PREFIX`), by golang.org/x/mod/sumdb/dirhash. */
export function dirhashes(...names: readonly string[]): string[] {
  return execFileSync(buildSumdb(), ['hash', ...names], { encoding: 'utf8' })
    .trimEnd()
    .split('\n');
}

const vectors = z.object({
  roots: z.record(z.string(), z.string()),
  tiles: z.record(z.string(), z.string()),
  paths: z.record(z.string(), z.string()),
});

/** A log whose record i is `record i\n`: roots by size, tiles and names of tiles, by golang.org/x/mod/sumdb/tlog. */
export function logVectors(): z.infer<typeof vectors> {
  const printed = execFileSync(buildSumdb(), ['vectors'], { encoding: 'utf8', maxBuffer: 1 << 26 });
  return vectors.parse(JSON.parse(printed));
}

const answers = z.array(z.tuple([z.boolean(), z.boolean()]));

/** Whether each list of patterns covers its path, and whether the path is one of a module, by golang.org/x/mod/module. */
export function matchPatterns(pairs: readonly (readonly [patterns: string, path: string])[]): [boolean, boolean][] {
  const input = JSON.stringify(pairs);
  return answers.parse(
    JSON.parse(execFileSync(buildSumdb(), ['match'], { input, encoding: 'utf8', maxBuffer: 1 << 26 })),
  );
}
