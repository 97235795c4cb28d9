/**
 * What happens in one service, on a grid of 10 s from the farm's start. A heap profile is what the runtime sampled: an object
 * of s bytes with probability 1 − e^(−s/512 KiB), once, for as long as it lives (runtime/mprof.go). So a site is a count of
 * sampled objects that are born and die by chance, and the profile divides by the probability.
 */
import { Random } from './random.ts';
import type { Kind, Template } from './template.ts';

export const STEP_MS = 10_000;
const RATE = 512 << 10;
const MIB = 2 ** 20;

/** What kind of service it is, and how fast things happen; drawn once from the seed. */
export interface Character {
  readonly kind: Kind;
  /** Of everything that does not leak, beside the recording. */
  readonly scale: number;
  /** Of the leak, or at the usual load, bytes. */
  readonly startBytes: number;
  readonly leakBytesPerHour: number;
  /** Bytes that one leaked (or busy) object has. */
  readonly objectBytes: number;
  /** Requests per second at the usual load. */
  readonly requests: number;
  /** Garbage, bytes per second. */
  readonly garbage: number;
  /** ms after the farm's start; null: no restart. */
  readonly restartAt: number | null;
  /** For how long the process has run when the farm starts, ms. */
  readonly age: number;
  /** Where the load is in its ups and downs. */
  readonly phase: number;
}

export function drawCharacter(kind: Kind, random: Random, restarts: boolean): Character {
  const objectBytes = { closure: MIB, map: 480, select: 32 << 10, load: 128 << 10, steady: 0 }[kind];
  return {
    kind,
    scale: random.logBetween(0.3, 3),
    startBytes: kind === 'load' ? random.logBetween(48 * MIB, 128 * MIB) : random.logBetween(8 * MIB, 64 * MIB),
    leakBytesPerHour: random.logBetween(64 * MIB, 4096 * MIB),
    objectBytes,
    requests: random.logBetween(20, 600),
    garbage: random.logBetween(1, 40) * MIB,
    restartAt: restarts ? random.between(120_000, 480_000) : null,
    age: random.logBetween(3_600_000, 30 * 86_400_000),
    phase: random.between(0, 2 * Math.PI),
  };
}

/** One allocation site, in objects. */
interface Site {
  /** Index in the profile. */
  readonly sample: number;
  readonly bytesEach: number;
  /** Chance to be sampled. */
  readonly p: number;
  /** Objects that are alive when nothing changes. */
  readonly mean: number;
  /** Share that dies (and is born) in a step. */
  readonly turnover: number;
  readonly special: boolean;
  /** Sampled objects: alive now, and since the process started. */
  alive: number;
  born: number;
}

/** The load beside its usual value: noise for most; for `load` it rises by half in ten minutes, in waves. */
export function loadFactor({ kind, phase }: Character, ms: number): number {
  const wave = Math.sin((2 * Math.PI * ms) / 240_000 + phase);
  return kind === 'load' ? 1 + (0.5 * ms) / 600_000 + 0.4 * wave : 1 + 0.08 * wave;
}

export class Simulation {
  readonly character: Character;
  readonly template: Template;
  readonly #random: Random;
  #sites: Site[] = [];
  #steps = 0;
  /** ms after the farm's start; negative before it. */
  startedAt: number;
  /** Requests served by this process up to the last step, and in that step. */
  #requests: number;
  #newest = 0;
  /** Bytes that are alive, not as sampled. */
  live = 0;
  /** Goroutines by sample of the goroutine profile. */
  readonly goroutines: Float64Array;

  constructor(character: Character, template: Template, seed: number) {
    this.character = character;
    this.template = template;
    this.#random = new Random(seed);
    this.startedAt = -character.age;
    this.#requests = (character.age / 1000) * character.requests;
    this.goroutines = new Float64Array(template.goroutine.samples.count);
    this.#begin(true);
  }

  /** Brings the state to `ms` after the farm's start. */
  advance(ms: number): void {
    const steps = Math.floor(Math.max(0, ms) / STEP_MS);
    for (; this.#steps < steps; this.#steps++) this.#step((this.#steps + 1) * STEP_MS);
  }

  /**
   * Requests served at `ms`: a counter goes on between the steps, or its rate would jump from look to look. It lags a step
   * behind, so that it never goes back.
   */
  requestsAt(ms: number): number {
    const share = Math.min(1, Math.max(0, ms / STEP_MS - this.#steps));
    return Math.floor(this.#requests - this.#newest * (1 - share));
  }

  /** The four columns of the heap profile: alloc_objects, alloc_space, inuse_objects, inuse_space. */
  heapColumns(): Float64Array[] {
    const columns = Array.from({ length: 4 }, () => new Float64Array(this.template.heap.samples.count));
    for (const { sample, bytesEach, p, alive, born } of this.#sites) {
      const objects = Math.round(alive / p);
      const allocated = Math.round(born / p);
      for (const [column, value] of [allocated, allocated * bytesEach, objects, objects * bytesEach].entries()) {
        const target = columns[column];
        if (target !== undefined) target[sample] = Math.round(value);
      }
    }
    return columns;
  }

  /** Bytes that leaked or are held by the load now, without sampling. */
  #specialBytes(ms: number): number {
    const { kind, startBytes, leakBytesPerHour } = this.character;
    if (kind === 'steady') return 0;
    if (kind === 'load') return startBytes * loadFactor(this.character, ms);
    return startBytes + (leakBytesPerHour * ms) / 3_600_000;
  }

  #begin(asOld: boolean): void {
    const { heap, heapSamples } = this.template;
    const [, , objects, bytes] = heap.samples.values;
    const special = [...heapSamples].filter((sample) => (bytes?.[sample] ?? 0) > 0);
    this.#sites = [];
    for (let sample = 0; sample < heap.samples.count; sample++) {
      const recordedBytes = bytes?.[sample] ?? 0;
      const recordedObjects = objects?.[sample] ?? 0;
      if (recordedBytes === 0 || recordedObjects === 0) continue;
      const isSpecial = heapSamples.has(sample);
      const bytesEach = isSpecial ? this.character.objectBytes : recordedBytes / recordedObjects;
      const share = isSpecial
        ? this.#specialBytes(0) / special.length / bytesEach
        : recordedObjects * this.character.scale;
      const p = 1 - Math.exp(-bytesEach / RATE);
      const chance = this.#random.next();
      // Most sites are filled once or churn fast; some live for minutes, which wanders.
      const turnover = isSpecial ? 0 : chance < 0.4 ? 0 : chance < 0.85 ? this.#random.between(0.2, 1) : 0.03;
      const alive = this.#random.binomial(Math.round(share), p);
      const past = asOld ? (this.character.age / STEP_MS) * turnover * share * p : 0;
      this.#sites.push({
        sample,
        bytesEach,
        p,
        mean: share,
        turnover,
        special: isSpecial,
        alive,
        born: alive + Math.round(past),
      });
    }
    this.#settle(asOld ? 0 : this.startedAt);
  }

  #step(ms: number): void {
    const { restartAt, requests, kind } = this.character;
    if (restartAt !== null && this.startedAt < 0 && ms >= restartAt) {
      this.startedAt = ms;
      this.#requests = 0;
      this.#newest = 0;
      this.#begin(false);
      return;
    }
    const random = this.#random;
    const special = this.#sites.filter((site) => site.special);
    for (const site of this.#sites) {
      if (!site.special) {
        const born = random.poisson(site.mean * site.turnover * site.p);
        site.alive += born - random.binomial(site.alive, site.turnover);
        site.born += born;
        continue;
      }
      const wanted = this.#specialBytes(ms - Math.max(0, this.startedAt)) / special.length / site.bytesEach;
      const before = this.#specialBytes(ms - STEP_MS - Math.max(0, this.startedAt)) / special.length / site.bytesEach;
      const more = Math.max(0, wanted - before);
      // What the load holds is let go and taken anew all the time.
      const dies = kind === 'load' ? random.binomial(site.alive, 0.2) : 0;
      const gone = kind === 'load' && wanted < before ? random.binomial(site.alive - dies, 1 - wanted / before) : 0;
      const born = random.poisson(more * site.p + (kind === 'load' ? 0.2 * Math.min(before, wanted) * site.p : 0));
      site.alive += born - dies - gone;
      site.born += born;
    }
    this.#newest = (STEP_MS / 1000) * requests * loadFactor(this.character, ms) * random.between(0.97, 1.03);
    this.#requests += this.#newest;
    this.#settle(ms);
  }

  /** Sizes and goroutines as they are at `ms`, which need no sampling. */
  #settle(ms: number): void {
    const { objectBytes } = this.character;
    const since = ms - Math.max(0, this.startedAt);
    // What is sampled is really there: where a site has some objects more than usual, the live heap has them, too.
    const rest = this.#sites
      .filter((site) => !site.special)
      .reduce((sum, { mean, alive, p, bytesEach }) => sum + (mean + alive - mean * p) * bytesEach, 0);
    const special = this.#specialBytes(since);
    this.live = 5 * MIB + rest * this.#random.between(0.99, 1.01) + special;
    const { goroutine, goroutineSamples } = this.template;
    const recorded = goroutine.samples.values[0];
    for (let sample = 0; sample < this.goroutines.length; sample++) {
      const count = recorded?.[sample] ?? 0;
      if (goroutineSamples.has(sample)) {
        this.goroutines[sample] = Math.round(special / objectBytes / goroutineSamples.size);
      } else
        this.goroutines[sample] =
          count <= 2 ? count : Math.max(1, Math.round(count + Math.sqrt(count) * 0.5 * this.#random.gaussian()));
    }
  }
}
