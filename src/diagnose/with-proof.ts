/**
 * A live diagnosis joined with the proof from a heap dump that was taken at its end: what the dump proves is `proven`,
 * with the bytes that it counted and the chain to them; what it cannot prove stays as it was, with the reason.
 */
import type { EvidenceItem, Finding } from '../findings/model.ts';
import { formatCount } from '../findings/units.ts';
import { type Case, placeName, plural, quantity } from './case.ts';
import { joinClusters } from './clusters.ts';
import type { HeapReport } from './heap/analyse.ts';
import { outerFunction } from './packages.ts';
import { severityOf } from './rules.ts';

export interface Joined {
  readonly findings: readonly Finding[];
  readonly notes: readonly string[];
}

/** `capture`: name of the dump in the bundle. */
export function withProof(found: Case, live: readonly Finding[], report: HeapReport, capture: string): Joined {
  const rest = new Set(report.findings);
  const findings = live.map((item) => {
    if (!isAboutGoroutines(item)) return item;
    const proof = [...rest].find((candidate) => sameLeak(item, candidate));
    if (proof === undefined) return unproven(item, report, capture);
    rest.delete(proof);
    return upgraded(item, proof);
  });
  return { findings: [...findings, ...rest], notes: [...report.notes, ...comparison(found, report)] };
}

function isAboutGoroutines(item: Finding): boolean {
  return item.rule.startsWith('goroutine-') || item.rule === 'http-body-not-closed';
}

/**
 * The same operation in the same function. A dump without the executable has no line numbers; and what is a growing
 * cluster in the profiles may be several clusters by stack in the dump, of which the largest is meant.
 */
function sameLeak(live: Finding, proof: Finding): boolean {
  if (proof.verdict !== 'proven' || !isAboutGoroutines(proof)) return false;
  if (live.rule !== proof.rule && live.rule !== 'http-body-not-closed') return false;
  return places(live).has(outerFunction(proof.where.function));
}

/**
 * Functions that a dump may name for the goroutines of a live finding: where they are blocked; and, since a dump without
 * the executable knows no inlined calls, the function that started them, whose wrapper they then seem to be in.
 */
function places(live: Finding): ReadonlySet<string> {
  const kinds = new Set(['blocked-at', 'created-by']);
  return new Set(
    live.chain.filter((step) => kinds.has(step.kind)).map((step) => outerFunction(step.where?.function ?? '')),
  );
}

function upgraded(live: Finding, proof: Finding): Finding {
  const objects = proof.chain.filter((step) => step.kind === 'object' || step.kind === 'root');
  const graph = proof.evidence.filter((item) => item.leg === 'graph');
  return {
    ...live,
    verdict: 'proven',
    severity: severityOf('proven', live.growth?.perHour ?? 0, live.growth?.timeToLimit ?? null),
    holds: proof.holds ?? live.holds,
    chain: [...live.chain, ...objects],
    evidence: [...graph, ...live.evidence],
  };
}

/** Why the dump does not prove it: the reason that most of its goroutines have. */
function unproven(item: Finding, report: HeapReport, capture: string): Finding {
  const blocked = places(item);
  const reasons = new Map<string, number>();
  for (let g = 0; g < report.dump.goroutines.count; g++) {
    if (!blocked.has(outerFunction(report.describer.blockedAt(g).function))) continue;
    const why = report.proof.why[g] ?? '';
    if (why !== '') reasons.set(why, (reasons.get(why) ?? 0) + 1);
  }
  const [top] = [...reasons].sort((a, b) => b[1] - a[1]);
  const evidence: EvidenceItem = {
    leg: 'graph',
    says:
      top === undefined
        ? 'the heap dump has no goroutine that waits there'
        : `the heap dump does not prove it: of ${plural(top[1], 'goroutine')} there, ${top[0]}`,
    numbers: top === undefined ? [] : [quantity('not provable', top[1], 'count')],
    captures: [capture],
  };
  return { ...item, evidence: [...item.evidence, evidence] };
}

/** The runtime's goroutineleak profile beside our proof, where both were taken, one sentence per function. */
function comparison(found: Case, report: HeapReport): string[] {
  const captures = found.snapshots.flatMap((snapshot) => (snapshot.leaks === undefined ? [] : [snapshot.leaks.data]));
  if (captures.length === 0) return [];
  const runtime = new Map<string, number>();
  for (const cluster of joinClusters(captures)) {
    const most = cluster.count.reduce((max, count) => Math.max(max, Number.isNaN(count) ? 0 : count), 0);
    add(runtime, outerFunction(cluster.where.function), most);
  }
  const ours = new Map<string, number>();
  for (const item of report.findings)
    if (item.verdict === 'proven' && isAboutGoroutines(item))
      add(ours, outerFunction(item.where.function), item.count ?? 0);
  return [...new Set([...runtime.keys(), ...ours.keys()])].sort().map((name) => {
    const theirs = runtime.get(name) ?? 0;
    const own = ours.get(name) ?? 0;
    const why =
      own > theirs
        ? '; the runtime looks at each collection only, and never through globals'
        : own < theirs
          ? '; the proof leaves out what it cannot read with certainty'
          : '';
    const place = placeName({ function: name, file: '', line: 0 });
    return `Leaked goroutines in ${place}: ${formatCount(theirs)} by the runtime's profile, ${formatCount(own)} by the heap dump${why}.`;
  });
}

function add(map: Map<string, number>, key: string, count: number): void {
  map.set(key, (map.get(key) ?? 0) + count);
}
