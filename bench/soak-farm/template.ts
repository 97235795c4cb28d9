/** Recordings of real programs, put together to the profiles of one service. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { merge } from '../../src/evidence/pprof/merge.ts';
import type { Profile, SampleIndex } from '../../src/evidence/pprof/profile.ts';
import { readProfile } from '../../src/evidence/pprof/read.ts';

const RECORDED = join(import.meta.dirname, 'recorded');

/** What goes on in a service: one of the recorded leaks, memory that follows the load, or nothing. */
export const KINDS = ['closure', 'map', 'select', 'load', 'steady'] as const;
export type Kind = (typeof KINDS)[number];

interface Special {
  readonly recording: string;
  /** Function whose heap samples grow; every allocation below it counts. */
  readonly heap: string;
  /** Function in which the goroutines are parked; null: no goroutines. */
  readonly goroutine: string | null;
  /** Who started them, for dumps. */
  readonly creator: string;
}

export const SPECIAL: Readonly<Record<Exclude<Kind, 'steady'>, Special>> = {
  closure: {
    recording: 'closure-drags-heap',
    heap: 'main.buildReport',
    goroutine: 'main.(*desk).submit.func1',
    creator: 'main.(*desk).submit',
  },
  map: { recording: 'global-map', heap: 'main.record', goroutine: null, creator: '' },
  select: {
    recording: 'select-no-exit',
    heap: 'main.(*alert).watch',
    goroutine: 'main.(*alert).watch',
    creator: 'main.(*board).add',
  },
  load: {
    recording: 'load-follows',
    heap: 'main.loadClip',
    goroutine: 'main.(*player).handlePlay',
    creator: 'net/http.(*Server).Serve',
  },
};

/** What every service does besides. */
const BASE = ['prometheus', 'steady', 'bounded-cache-warm-up'];

export interface Template {
  readonly heap: Profile;
  readonly goroutine: Profile;
  /** Samples of the heap profile that are the leak's or the load's; empty for steady. */
  readonly heapSamples: ReadonlySet<SampleIndex>;
  readonly goroutineSamples: ReadonlySet<SampleIndex>;
}

const loaded = new Map<Kind, Template>();

/** Read once; nothing changes a template. */
export function loadTemplate(kind: Kind): Template {
  const template = loaded.get(kind) ?? makeTemplate(kind);
  loaded.set(kind, template);
  return template;
}

function makeTemplate(kind: Kind): Template {
  const names = kind === 'steady' ? BASE : [...BASE, SPECIAL[kind].recording];
  const heap = merge(names.map((name) => recorded(`${name}-heap.pb.gz`)));
  const goroutine = merge(names.map((name) => recorded(`${name}-goroutine.pb.gz`)));
  if (kind === 'steady') return { heap, goroutine, heapSamples: new Set(), goroutineSamples: new Set() };
  const special = SPECIAL[kind];
  return {
    heap,
    goroutine,
    heapSamples: samplesWith(heap, special.heap),
    goroutineSamples: special.goroutine === null ? new Set() : samplesWith(goroutine, special.goroutine),
  };
}

export function recordedMetrics(): string {
  return readFileSync(join(RECORDED, 'metrics.txt'), 'utf8');
}

/** Names of the functions of a sample, leaf first. */
export function stackOf({ samples, locations, functions, strings }: Profile, sample: SampleIndex) {
  const frames: { readonly name: string; readonly file: string; readonly line: number }[] = [];
  for (let s = samples.stackOffsets[sample] ?? 0; s < (samples.stackOffsets[sample + 1] ?? 0); s++) {
    const location = samples.stackLocations[s] ?? 0;
    for (let l = locations.lineOffsets[location] ?? 0; l < (locations.lineOffsets[location + 1] ?? 0); l++) {
      const fn = locations.lineFunction[l] ?? 0;
      frames.push({
        name: strings[functions.name[fn] ?? 0] ?? '',
        file: strings[functions.filename[fn] ?? 0] ?? '',
        line: locations.lineNumber[l] ?? 0,
      });
    }
  }
  return frames;
}

function recorded(file: string): Profile {
  return readProfile(readFileSync(join(RECORDED, file)));
}

function samplesWith(profile: Profile, name: string): Set<SampleIndex> {
  const found = new Set<SampleIndex>();
  for (let sample = 0; sample < profile.samples.count; sample++)
    if (stackOf(profile, sample).some((frame) => frame.name === name)) found.add(sample);
  if (found.size === 0) throw new Error(`no recorded sample has ${name}`);
  return found;
}
