/**
 * The runtime's own leak proof: the goroutineleak profile (Go 1.27; 1.26 with GOEXPERIMENT=goroutineleakprofile). It
 * fluctuates from one capture to the next, so the union of all captures is taken, and it cannot see a leak whose channel
 * is reachable from a global: what it misses stays as the other legs found it.
 */
import type { EvidenceItem, Finding } from '../findings/model.ts';
import { formatCount } from '../findings/units.ts';
import { type Case, finding, placeName, plural, quantity } from './case.ts';
import { type Cluster, joinClusters } from './clusters.ts';
import { outerFunction } from './packages.ts';
import { RULE_OF_STATE, severityOf } from './rules.ts';
import { PARKED } from './stacks.ts';

/** The goroutine findings with those that the runtime proves raised to `proven`, and what only the runtime saw. */
export function provenFindings(found: Case, findings: readonly Finding[]): Finding[] {
  const captures = found.snapshots.flatMap((snapshot) => (snapshot.leaks === undefined ? [] : [snapshot.leaks]));
  if (captures.length === 0) return [...findings];
  const leaked = joinClusters(captures.map((capture) => capture.data));
  const files = captures.map((capture) => capture.file);
  const rest = new Map(leaked.filter((cluster) => most(cluster) > 0).map((cluster) => [cluster.key, cluster]));
  const raised = findings.map((item) => {
    const match = [...rest.values()].find((cluster) => isAbout(item, cluster));
    if (match === undefined) return item;
    rest.delete(match.key);
    return {
      ...item,
      verdict: 'proven' as const,
      severity: severityOf('proven', item.growth?.perHour ?? 0, item.growth?.timeToLimit ?? null),
      evidence: [runtimeEvidence(match, captures.length, files), ...item.evidence],
    };
  });
  return [...raised, ...[...rest.values()].map((cluster) => onlyRuntime(found, cluster, captures.length, files))];
}

function isAbout(item: Finding, cluster: Cluster): boolean {
  return item.chain.some(
    (step) =>
      step.kind === 'blocked-at' &&
      step.where?.function === cluster.where.function &&
      step.where.line === cluster.where.line &&
      item.rule === RULE_OF_STATE[cluster.state],
  );
}

/** Leaked goroutines never come back, so the largest count of any capture is the union's. */
function most(cluster: Cluster): number {
  return cluster.count.reduce((max, count) => Math.max(max, Number.isNaN(count) ? 0 : count), 0);
}

function runtimeEvidence(cluster: Cluster, captures: number, files: readonly string[]): EvidenceItem {
  return {
    leg: 'runtime',
    says: `the runtime proves ${plural(most(cluster), 'goroutine')} of these unreachable (goroutineleak profile, ${captures} ${captures === 1 ? 'capture' : 'captures'})`,
    numbers: [quantity('proven by the runtime', most(cluster), 'count')],
    captures: files,
  };
}

function onlyRuntime(found: Case, cluster: Cluster, captures: number, files: readonly string[]): Finding {
  return finding(found, RULE_OF_STATE[cluster.state], outerFunction(cluster.where.function), {
    verdict: 'proven',
    title: `${plural(most(cluster), 'goroutine')} ${PARKED[cluster.state]} at ${placeName(cluster.where)} can never run again; ${formatCount(most(cluster))} in this window, not growing beyond noise`,
    where: cluster.where,
    count: most(cluster),
    growth: null,
    holds: null,
    chain: [
      { kind: 'goroutine', text: 'goroutines started with', where: cluster.entry },
      { kind: 'blocked-at', text: PARKED[cluster.state], where: cluster.where },
    ],
    evidence: [runtimeEvidence(cluster, captures, files)],
  });
}
