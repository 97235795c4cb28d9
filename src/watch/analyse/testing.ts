/** Captures for tests of the analysis: those of the recorded bundle, as raw parts. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readManifest } from '../../collect/manifest.ts';
import { PART_KINDS, type PartKind } from '../model.ts';
import type { AnalyseInput, RawPart } from './analyst.ts';

const DIR = join(import.meta.dirname, '../../../lab/recorded/closure-drags-heap');

/** The recorded service's captures, six; `change` is laid over each. */
export function recordedInputs(change: Partial<AnalyseInput> = {}): AnalyseInput[] {
  const { captures, start } = readManifest(DIR);
  const visits = new Map<number, RawPart[]>();
  for (const { snapshot, kind, file } of captures) {
    const known = PART_KINDS.find((part: PartKind) => part === kind);
    if (snapshot === null || file === undefined || known === undefined) continue;
    const parts = visits.get(snapshot) ?? [];
    parts.push({ kind: known, bytes: new Uint8Array(readFileSync(join(DIR, file))) });
    visits.set(snapshot, parts);
  }
  return [...visits].map(([visit, parts]) => ({
    ...{ target: 't', service: 'desk', instance: 'localhost:1', goVersion: null, capture: `c${visit}` },
    ...{ at: start + visit * 15_000, build: 'b', startedAt: null, parts, metrics: [], load: null, source: null },
    ...change,
  }));
}

/** The recording has six visits; a watcher asks for one more. So each is there twice, half a gap apart. */
export function twiceRecorded(change: Partial<AnalyseInput> = {}): AnalyseInput[] {
  const earlier = recordedInputs(change).map((input) => ({
    ...input,
    capture: `${input.capture}-again`,
    at: input.at - 7500,
  }));
  return recordedInputs(change).flatMap((input, i) => earlier.slice(i, i + 1).concat(input));
}
