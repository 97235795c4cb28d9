/** One module as the editor works on it: its configuration, and a session that keeps what it has loaded. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Finding } from '../findings/model.ts';
import { findProjectFile } from '../findings/project-file.ts';
import { isProblem, type Level, NO_CONFIG, parseConfig, type ReviewConfig } from '../review/config.ts';
import { excluder } from '../review/config-file.ts';
import { RULES } from '../review/registry.ts';
import { reviewOf } from '../review/report.ts';
import type { Sources } from '../review/report-sources.ts';
import type { Session, SessionOptions } from '../review/result.ts';
import { COMMENT_RULES } from '../review/suppress-apply.ts';

const IDS: readonly string[] = [...RULES, ...COMMENT_RULES].map(({ id }) => id);

export interface ConfigState {
  /** null: there is none. */
  readonly path: string | null;
  /** What is wrong with it, with its 1-based place; the defaults count then. */
  readonly problem: { readonly line: number; readonly column: number; readonly message: string } | null;
}

export class Project {
  readonly root: string;
  readonly #create: (options: SessionOptions) => Session;
  #session: Session | null = null;
  #config: ReviewConfig = NO_CONFIG;
  #state: ConfigState = { path: null, problem: null };
  /** Path, time and size of the configuration that was read. */
  #stamp = 'unread';

  constructor(root: string, create: (options: SessionOptions) => Session) {
    this.root = root;
    this.#create = create;
  }

  get configuration(): ConfigState {
    return this.#state;
  }

  /** `contents`: as the editor has it; null: as it is on disk. */
  async review(path: string, contents: string | null, sources: Sources): Promise<readonly Finding[]> {
    await this.#readConfig();
    const config = this.#config;
    const levels = new Map<string, Level>(Object.entries(config.rules));
    const ran = new Set(IDS.filter((id) => levels.get(id) !== 'off'));
    this.#session ??= this.#create({
      cwd: this.root,
      tags: config.tags,
      rules: RULES.map(({ id }) => id).filter((id) => ran.has(id)),
      ...(config.goos === undefined ? {} : { goos: config.goos }),
      ...(config.goarch === undefined ? {} : { goarch: config.goarch }),
      ...(config.tests === undefined ? {} : { tests: config.tests }),
    });
    const result = await this.#session.reviewFile(path, contents);
    const stats = { packages: 1, files: 1, bytes: 0, seconds: 0, fromCache: 0 };
    const dir = this.#state.path === null ? this.root : dirname(this.#state.path);
    return reviewOf({ ...result, files: [path], stats }, sources, {
      ids: IDS,
      ran,
      levels,
      minConfidence: config['min-confidence'] ?? 'medium',
      excluded: excluder(config.exclude, dir),
      changes: null,
      root: this.root,
    }).findings;
  }

  forget(path: string): void {
    this.#session?.forget(path);
  }

  async close(): Promise<void> {
    const session = this.#session;
    this.#session = null;
    await session?.close();
  }

  /** Reads the configuration again if it is another one; the session goes with the old one. */
  async #readConfig(): Promise<void> {
    const path = findProjectFile(this.root);
    const stats = path === null ? undefined : statSync(path, { throwIfNoEntry: false });
    const stamp = JSON.stringify([path, stats?.mtimeMs, stats?.size]);
    if (stamp === this.#stamp) return;
    this.#stamp = stamp;
    await this.close();
    this.#config = NO_CONFIG;
    this.#state = { path, problem: null };
    if (path === null) return;
    const config = readConfig(path);
    if (isProblem(config)) this.#state = { path, problem: config };
    else this.#config = config;
  }
}

function readConfig(path: string): ReturnType<typeof parseConfig> {
  try {
    return parseConfig(readFileSync(path, 'utf8'), IDS);
  } catch (error) {
    return {
      line: 1,
      column: 1,
      message: `the file cannot be read (${error instanceof Error ? error.message : error})`,
    };
  }
}

/** The directory of the nearest go.mod above a file; without one, the file's own. */
export function rootOf(path: string): string {
  for (let at = dirname(path); ; at = dirname(at)) {
    if (existsSync(join(at, 'go.mod'))) return at;
    if (dirname(at) === at) return dirname(path);
  }
}
