/**
 * What a site or a cluster is, stored once and referred to by a number: a capture has a hundred of them, and those of the
 * next capture are nearly always the same.
 *
 * Shapes come from a worker as fresh objects each time. Comparing one with what is known under its key (strings that are
 * equal at the same places) costs a tenth of making JSON of it and hashing that.
 */
import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { ClusterShape, SiteShape } from '../../../diagnose/summary.ts';
import type { Database } from './database.ts';
import { integer, text } from './values.ts';

export type ShapeKind = 'site' | 'cluster';
type Shape = SiteShape | ClusterShape;

/** A row of the table `shapes` that is to be written. */
export interface NewShape {
  readonly id: number;
  readonly kind: ShapeKind;
  readonly key: string;
  /** 32 hex digits of the SHA-256 of kind and JSON. */
  readonly hash: string;
  readonly json: string;
}

interface Known {
  readonly shape: Shape;
  readonly id: number;
}

/** Shapes that are kept as objects: some 5 kB each. */
const MOST_OBJECTS = 10_000;
const DAY_MS = 86_400_000;

/** What a transaction adds to the dictionary; kept apart until it is durable. */
export interface ShapeChanges {
  readonly added: NewShape[];
  /** Pairs of shape and day that no row says yet. */
  readonly days: { readonly shape: number; readonly day: number }[];
}

export class ShapeDictionary {
  /** kind + hash → id, of all rows. */
  readonly #ids = new Map<string, number>();
  readonly #byKey = new Map<string, Known[]>();
  readonly #sites = new Map<number, SiteShape>();
  readonly #clusters = new Map<number, ClusterShape>();
  readonly #days = new Set<string>();
  #objects = 0;
  #next = 1;

  async load(database: Database): Promise<void> {
    this.#ids.clear();
    for (const [id, hash] of await database.read('SELECT id, hash FROM shapes')) {
      this.#ids.set(text(hash), integer(id));
      this.#next = Math.max(this.#next, integer(id) + 1);
    }
  }

  /** Ids of shapes that were used at `t`; what has to be written for them goes to `changes`. */
  idsOf(kind: ShapeKind, shapes: readonly Shape[], t: number, changes: ShapeChanges): Int32Array {
    const day = Math.floor(t / DAY_MS);
    return Int32Array.from(shapes, (shape) => {
      const id = this.#idOf(kind, shape, changes);
      const used = `${id} ${day}`;
      if (!this.#days.has(used)) {
        this.#days.add(used);
        changes.days.push({ shape: id, day });
      }
      return id;
    });
  }

  #idOf(kind: ShapeKind, shape: Shape, changes: ShapeChanges): number {
    const key = `${kind} ${shape.stack.length} ${shape.functions.length} ${shape.key}`;
    const variants = this.#byKey.get(key) ?? [];
    for (const known of variants) if (isDeepStrictEqual(known.shape, shape)) return known.id;
    const json = JSON.stringify(shape);
    const hash = createHash('sha256').update(`${kind}\n${json}`).digest('hex').slice(0, 32);
    let id = this.#ids.get(hash);
    if (id === undefined) {
      id = this.#next;
      this.#next += 1;
      this.#ids.set(hash, id);
      changes.added.push({ id, kind, key: shape.key, hash, json });
    }
    if (this.#objects >= MOST_OBJECTS) this.forgetObjects();
    this.#byKey.set(key, [{ shape, id }, ...variants]);
    this.#objects += 1;
    return id;
  }

  /** After a rollback: what was added is not there. */
  undo(changes: ShapeChanges): void {
    for (const { hash } of changes.added) this.#ids.delete(hash);
    for (const { shape, day } of changes.days) this.#days.delete(`${shape} ${day}`);
    if (changes.added.length > 0) this.forgetObjects();
  }

  /** Memory only; everything is found again by its hash. */
  forgetObjects(): void {
    this.#byKey.clear();
    this.#objects = 0;
    this.#sites.clear();
    this.#clusters.clear();
  }

  /** Days that are known to have rows; about 10 MB for 100 000 of them. */
  forgetDays(): void {
    this.#days.clear();
  }

  async sites(database: Database, ids: Iterable<number>): Promise<ReadonlyMap<number, SiteShape>> {
    await this.#fetch(database, 'site', this.#sites, ids);
    return this.#sites;
  }

  async clusters(database: Database, ids: Iterable<number>): Promise<ReadonlyMap<number, ClusterShape>> {
    await this.#fetch(database, 'cluster', this.#clusters, ids);
    return this.#clusters;
  }

  async #fetch<S extends Shape>(
    database: Database,
    kind: ShapeKind,
    known: Map<number, S>,
    ids: Iterable<number>,
  ): Promise<void> {
    if (known.size > MOST_OBJECTS) known.clear();
    const missing = new Set<number>();
    for (const id of ids) if (!known.has(id)) missing.add(id);
    if (missing.size === 0) return;
    const rows = await database.read(
      `SELECT id, json FROM shapes WHERE kind = $1 AND id IN (${[...missing].join(',')})`,
      [kind],
    );
    for (const [id, json] of rows) {
      const shape: S = JSON.parse(text(json));
      known.set(integer(id), shape);
    }
  }
}
