/**
 * Asks a checksum database for many module versions at once. Every tree head that is seen on the way (the stored one, the pinned one,
 * the go command's, /latest, one with each look-up) must be signed, and all of them must be states of one log; every record must be in it.
 */
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { GuardUsageError } from '../../error.ts';
import type { GuardContext } from '../../part.ts';
import { AuthenticTree, TileError } from './authentic-tree.ts';
import { downloadCache, type GoRules } from './environment.ts';
import { type Fetcher, firstLine } from './fetch.ts';
import { type NoteKey, openNote } from './note.ts';
import { DatabaseStore, readMaybe } from './store.ts';
import { escapeModule } from './sum-file.ts';
import { isAbsent, SumdbSource, UnreachableError } from './sumdb-source.ts';
import { type LookedUp, parseLookup, parseTree, recordHash, type TreeHead } from './tlog.ts';

/** A tree head with the note that signs it. */
export interface SignedHead extends TreeHead {
  readonly note: string;
  /** Who had it, for sentences: `the stored tree head`, `/latest`, … */
  readonly from: string;
}

/** Two signed heads that are not of one log. */
export interface Fork {
  readonly older: SignedHead;
  readonly newer: SignedHead;
  /** Root of the newer log when it had as many records as the older, base64. */
  readonly root: string;
}

export interface ModuleVersion {
  readonly path: string;
  readonly version: string;
}

export type ModuleAnswer =
  /** In the log; hashes by `path@version` and `path@version/go.mod`. */
  | { readonly kind: 'record'; readonly id: number; readonly hashes: ReadonlyMap<string, string> }
  | { readonly kind: 'absent'; readonly says: string }
  | { readonly kind: 'unreachable'; readonly says: string }
  | { readonly kind: 'no-keys'; readonly says: string }
  /** `why` tells a wrong signature from wrong data. */
  | { readonly kind: 'invalid'; readonly why: 'fork' | 'tile' | 'signature' | 'record'; readonly says: string };

export interface DatabaseAnswer {
  readonly modules: ReadonlyMap<string, ModuleAnswer>;
  readonly forks: readonly Fork[];
  /** The head that everything was held against; null where there was none. */
  readonly head: SignedHead | null;
  readonly notes: readonly string[];
  readonly failures: readonly string[];
  /** Heads whose signature is wrong or whose tiles are not of their tree. */
  readonly bad: readonly { readonly why: 'signature' | 'tile'; readonly says: string }[];
}

interface Round {
  readonly head: SignedHead | null;
  readonly forks: readonly Fork[];
  /** What the cache had and the tree does not. */
  readonly stale: readonly ModuleVersion[];
}

interface Found extends LookedUp {
  /** Not from the database now, but from a cache, which may be wrong. */
  readonly cached: boolean;
  /** It is in our own cache already. */
  readonly stored: boolean;
}

export function moduleKey({ path, version }: ModuleVersion): string {
  return `${path}@${version}`;
}

export async function askDatabase(
  database: { readonly key: NoteKey; readonly url: string },
  modules: readonly ModuleVersion[],
  options: {
    readonly rules: GoRules;
    readonly context: GuardContext;
    readonly fetcher: Fetcher;
    readonly treeHead: string | undefined;
  },
): Promise<DatabaseAnswer> {
  return await new Asking(database, options).ask(modules);
}

type Options = Parameters<typeof askDatabase>[2];

class Asking {
  readonly #key: NoteKey;
  readonly #options: Options;
  readonly #store: DatabaseStore;
  readonly #source: SumdbSource;
  readonly #heads = new Map<string, SignedHead>();
  readonly #answers = new Map<string, ModuleAnswer>();
  readonly #notes: string[] = [];
  readonly #failures: string[] = [];
  /** Size of the stored head, -1 without one. */
  #stored = -1;
  readonly #bad: { why: 'signature' | 'tile'; says: string }[] = [];

  constructor(database: { readonly key: NoteKey; readonly url: string }, options: Options) {
    const { context, rules, fetcher } = options;
    this.#key = database.key;
    this.#options = options;
    this.#store = new DatabaseStore(context.cacheDir, database.key, downloadCache(rules.modCache));
    this.#source = new SumdbSource(rules, database, { fetcher, store: this.#store, offline: context.offline });
  }

  async ask(modules: readonly ModuleVersion[]): Promise<DatabaseAnswer> {
    await this.#readHeads();
    const first = await this.#round(modules, false);
    // A cache may be wrong, the database must not: what the cache had wrong is asked for again.
    const last = first.stale.length === 0 ? first : await this.#round(first.stale, true);
    if (last.forks.length > 0)
      this.#answerAll(modules.map(moduleKey), {
        kind: 'invalid',
        why: 'fork',
        says: `${this.#key.name} signed two logs that are not one: nothing that it says can be trusted`,
      });
    if (this.#store.problem !== '') this.#notes.push(this.#store.problem);
    return {
      modules: this.#answers,
      forks: last.forks,
      head: last.head,
      notes: this.#notes,
      failures: this.#failures,
      bad: this.#bad,
    };
  }

  /** Looks up, takes the newest head that was seen, holds the others and then the records against it. */
  async #round(modules: readonly ModuleVersion[], fresh: boolean): Promise<Round> {
    const found = new Map<string, Found>();
    await Promise.all(
      modules.map(async (module) => {
        const record = await this.#lookUp(module, fresh);
        if (record !== null) found.set(moduleKey(module), record);
      }),
    );
    const head = newest(this.#heads.values());
    if (head === null) {
      const says = `no signed tree head of ${this.#key.name} was had: nothing can be held against it`;
      this.#answerAll(found.keys(), { kind: 'unreachable', says });
      return { head, forks: [], stale: [] };
    }
    const forks: Fork[] = [];
    const stale: ModuleVersion[] = [];
    try {
      const tree = await AuthenticTree.open(head, this.#source);
      await this.#findForks(tree, head, forks);
      if (forks.length > 0) return { head, forks, stale };
      await Promise.all(
        modules.map(async (module) => {
          const record = found.get(moduleKey(module));
          const answer = record === undefined ? null : await this.#check(module, record, tree);
          if (answer === 'stale') stale.push(module);
          else if (answer !== null) this.#answers.set(moduleKey(module), answer);
        }),
      );
      if (head.size > this.#stored) {
        this.#stored = head.size;
        await this.#store.write('latest', head.note);
      }
    } catch (error) {
      this.#answerAll(found.keys(), this.#answerOf(error));
    }
    return { head, forks, stale };
  }

  /** Collects the heads that are known before anything is looked up. */
  async #readHeads(): Promise<void> {
    const { context, rules, treeHead } = this.#options;
    const kept = await this.#store.read('latest');
    const stored = kept === null ? null : this.#addHead(kept, `the stored tree head (${this.#store.headFile})`);
    if (stored !== null) this.#stored = stored.size;
    else if (kept !== null) {
      // Left as it is: it is evidence.
      this.#stored = Number.POSITIVE_INFINITY;
      this.#failures.push(
        `${this.#store.headFile} is no tree head that ${this.#key.name} signed: find out who changed it, then remove it`,
      );
    }
    if (treeHead !== undefined) {
      const path = resolve(context.cwd, treeHead);
      const data = await readFile(path).catch(() => {
        throw new GuardUsageError(
          `${treeHead} (tree-head) cannot be read: store the answer of the database's /latest there`,
        );
      });
      if (this.#addHead(data, `the pinned tree head (${treeHead})`) === null)
        throw new GuardUsageError(
          `${treeHead} (tree-head) is no tree head signed by ${this.#key.name}: store the answer of its /latest there`,
        );
    }
    // GOPATH/pkg/mod is where the module cache is, unless somebody moved it; the go command keeps its head in GOPATH/pkg/sumdb.
    const ofGo = await readMaybe(join(rules.gopath, 'pkg', 'sumdb', this.#key.name, 'latest'));
    // Offline, the tiles that lead from one head to the other may be missing: our own is enough then.
    if (ofGo !== null && (!context.offline || stored === null))
      this.#addHead(ofGo, "the go command's tree head (pkg/sumdb)");
    if (!context.offline) await this.#readLatest();
  }

  async #readLatest(): Promise<void> {
    try {
      const { status, body } = await this.#source.latest();
      if (status === 200) {
        const opened = openNote(body, this.#key);
        if (opened.kind === 'unknown-key') this.#notes.push(this.#noKeys('/latest', opened.signers));
        else this.#takeLatest(body);
      } else if (isAbsent(status)) {
        this.#notes.push(
          `${this.#key.name} was asked by something that has no /latest: the heads of its look-ups were used`,
        );
      } else this.#failures.push(`${this.#key.name} answered ${status} for /latest: ${firstLine(body)}`);
    } catch (error) {
      if (error instanceof UnreachableError) this.#failures.push(error.message);
      else throw error;
    }
  }

  #takeLatest(body: Buffer): void {
    const head = this.#addHead(body, '/latest');
    if (head === null)
      this.#bad.push({
        why: 'signature',
        says: `/latest of ${this.#key.name} is no tree head with a valid signature of ${this.#key.name}`,
      });
    else if (head.size < this.#stored && Number.isFinite(this.#stored))
      this.#notes.push(
        `${this.#key.name} answered an older tree head (${head.size} records) than the stored one (${this.#stored}): what answers is behind`,
      );
  }

  /** Null where `note` is no tree head signed by the key. */
  #addHead(note: Buffer, from: string): SignedHead | null {
    const opened = openNote(note, this.#key);
    const head = opened.kind === 'signed' ? parseTree(opened.text) : null;
    if (head === null) return null;
    const id = `${head.size} ${head.hash.toString('hex')}`;
    const known = this.#heads.get(id);
    if (known !== undefined) return known;
    const signed = { ...head, note: note.toString('utf8'), from };
    this.#heads.set(id, signed);
    return signed;
  }

  /** The record as served or cached, with its head noted; where there is none, the answer is set. */
  async #lookUp(module: ModuleVersion, fresh: boolean): Promise<Found | null> {
    const key = moduleKey(module);
    const name = `${escapeModule(module.path)}@${escapeModule(module.version)}`;
    if (!fresh) {
      const ours = await this.#store.read(`lookup/${name}`);
      const kept = ours ?? (await this.#store.readOfGo(`lookup/${name}`));
      const record = kept === null ? null : parseLookup(kept);
      if (record !== null) return { ...record, cached: true, stored: ours !== null };
    }
    if (this.#options.context.offline) {
      this.#answers.set(key, { kind: 'unreachable', says: `offline, and ${key} is not in the cache` });
      return null;
    }
    const answer = await this.#served(module, name);
    if (!('kind' in answer)) return { ...answer, cached: false, stored: false };
    this.#answers.set(key, answer);
    return null;
  }

  async #served(module: ModuleVersion, name: string): Promise<LookedUp | ModuleAnswer> {
    const what = `${this.#key.name} for ${moduleKey(module)}`;
    try {
      const { status, body } = await this.#source.lookup(name);
      if (isAbsent(status))
        return { kind: 'absent', says: `${this.#key.name} has no record of it (${status}): ${firstLine(body)}` };
      if (status !== 200) return { kind: 'unreachable', says: `${what} answered ${status}: ${firstLine(body)}` };
      const record = parseLookup(body);
      if (record === null) return invalid('record', `the answer of ${what} is no record of a checksum database`);
      const opened = openNote(record.note, this.#key);
      if (opened.kind === 'unknown-key') return { kind: 'no-keys', says: this.#noKeys(what, opened.signers) };
      if (opened.kind === 'wrong-signature')
        return invalid('signature', `the tree head in the answer of ${what} has a wrong signature of ${opened.signer}`);
      if (opened.kind === 'malformed')
        return invalid('signature', `the tree head in the answer of ${what} is no signed note: ${opened.why}`);
      const head = this.#addHead(record.note, `the look-up of ${moduleKey(module)}`);
      if (head === null) return invalid('record', `the note in the answer of ${what} is signed and is no tree head`);
      if (record.id >= head.size)
        return invalid('record', `${what} answered record ${record.id} with a tree of ${head.size} records`);
      return record;
    } catch (error) {
      if (error instanceof UnreachableError) return { kind: 'unreachable', says: error.message };
      throw error;
    }
  }

  async #findForks(tree: AuthenticTree, newer: SignedHead, forks: Fork[]): Promise<void> {
    await Promise.all(
      [...this.#heads.values()].map(async (older) => {
        if (older === newer) return;
        const root = await tree.rootAt(older.size);
        if (!root.equals(older.hash)) forks.push({ older, newer, root: root.toString('base64') });
      }),
    );
    forks.sort((a, b) => a.older.size - b.older.size);
  }

  async #check(module: ModuleVersion, record: Found, tree: AuthenticTree): Promise<ModuleAnswer | 'stale'> {
    const key = moduleKey(module);
    try {
      const inTree = record.id < tree.head.size && (await tree.leaf(record.id)).equals(recordHash(record.text));
      if (!inTree && record.cached && !this.#options.context.offline) return 'stale';
      if (!inTree && record.cached)
        return { kind: 'unreachable', says: `offline, and what the cache has for ${key} is not in the stored tree` };
      if (!inTree)
        return invalid(
          'record',
          `record ${record.id} of ${this.#key.name} in the log that it signed is not what it answered for ${key}`,
        );
      const name = `${escapeModule(module.path)}@${escapeModule(module.version)}`;
      if (!record.stored) await this.#store.write(`lookup/${name}`, `${record.id}\n${record.text}\n`);
      return { kind: 'record', id: record.id, hashes: hashesOf(record.text) };
    } catch (error) {
      return this.#answerOf(error);
    }
  }

  #answerOf(error: unknown): ModuleAnswer {
    if (error instanceof TileError) {
      if (!this.#bad.some(({ says }) => says === error.message)) this.#bad.push({ why: 'tile', says: error.message });
      return invalid('tile', error.message);
    }
    if (error instanceof UnreachableError) return { kind: 'unreachable', says: error.message };
    throw error;
  }

  #answerAll(keys: Iterable<string>, answer: ModuleAnswer): void {
    for (const key of keys) this.#answers.set(key, answer);
  }

  #noKeys(what: string, signers: readonly string[]): string {
    const by = signers.slice(0, 3).join(', ');
    return `${what} is signed by ${by} and not by the known key ${this.#key.name}+${this.#key.hash.toString(16).padStart(8, '0')}`;
  }
}

function invalid(why: 'fork' | 'tile' | 'signature' | 'record', says: string): ModuleAnswer {
  return { kind: 'invalid', why, says };
}

function newest(heads: Iterable<SignedHead>): SignedHead | null {
  let best: SignedHead | null = null;
  for (const head of heads) if (best === null || head.size > best.size) best = head;
  return best;
}

/** `path version h1:…` lines of a record. */
function hashesOf(text: string): Map<string, string> {
  const hashes = new Map<string, string>();
  for (const line of text.split('\n')) {
    const [path, version, hash, more] = line.split(' ');
    if (path !== undefined && version !== undefined && hash !== undefined && more === undefined)
      hashes.set(`${path}@${version}`, hash);
  }
  return hashes;
}
