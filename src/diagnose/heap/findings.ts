/** What a heap dump proves, as findings: leaked goroutines with what they hold, most bytes first. */
import type { GoroutineIndex, HeapDump } from '../../evidence/heapdump/dump.ts';
import { fingerprint } from '../../findings/fingerprint.ts';
import type { ChainStep, EvidenceItem, Finding, Severity, Where } from '../../findings/model.ts';
import { formatBytes, formatCount } from '../../findings/units.ts';
import { placeName, plural, quantity } from '../case.ts';
import { outerFunction } from '../packages.ts';
import { FIX, operationOf, type RuleId } from '../rules.ts';
import { type Chain, heaviestChain } from './chain.ts';
import type { Describer, PointerPlace } from './describe.ts';
import type { LeakCluster, Leaked } from './leaked.ts';
import type { Proof } from './proof.ts';
import type { WaitKind } from './wait-reasons.ts';

export interface HeapCase {
  readonly proof: Proof;
  readonly leaked: Leaked;
  readonly describer: Describer;
  readonly subject: Finding['subject'];
  /** Name of the dump, for the evidence. */
  readonly capture: string;
}

const RULE_OF_WAIT: Readonly<Record<WaitKind, RuleId>> = {
  send: 'goroutine-blocked-send',
  receive: 'goroutine-blocked-receive',
  'nil-send': 'goroutine-blocked-send',
  'nil-receive': 'goroutine-blocked-receive',
  select: 'goroutine-blocked-select',
  'select-no-cases': 'goroutine-blocked-select',
  mutex: 'goroutine-blocked-lock',
  'rwmutex-read': 'goroutine-blocked-lock',
  'rwmutex-write': 'goroutine-blocked-lock',
  waitgroup: 'goroutine-blocked-wait',
  semaphore: 'goroutine-blocked-wait',
  cond: 'goroutine-blocked-wait',
};

/** How they are blocked, and why nobody wakes them. */
const WORDS: Readonly<Record<WaitKind, readonly [string, string]>> = {
  send: ['blocked sending', 'nothing that can run has a way to the channel'],
  receive: ['blocked receiving', 'nothing that can run has a way to the channel'],
  'nil-send': ['blocked sending on a nil channel', 'nobody can receive from a nil channel'],
  'nil-receive': ['blocked receiving from a nil channel', 'nobody can send to a nil channel'],
  select: ['blocked in a select', 'nothing that can run has a way to any of its channels'],
  'select-no-cases': ['blocked in select {}', 'a select without cases never ends'],
  mutex: ['blocked locking a sync.Mutex', 'nothing that can run has a way to the mutex'],
  'rwmutex-read': ['blocked read-locking a sync.RWMutex', 'nothing that can run has a way to the lock'],
  'rwmutex-write': ['blocked locking a sync.RWMutex', 'nothing that can run has a way to the lock'],
  waitgroup: ['blocked in WaitGroup.Wait', 'nothing that can run has a way to the wait group'],
  semaphore: ['blocked on a semaphore', 'nothing that can run has a way to it'],
  cond: ['blocked in Cond.Wait', 'nothing that can run has a way to the condition variable'],
};

/** One finding per cluster of proven goroutines. */
export function leakFindings(found: HeapCase): Finding[] {
  return found.leaked.clusters.map((cluster, index) => leakFinding(found, cluster, index));
}

function leakFinding(found: HeapCase, cluster: LeakCluster, index: number): Finding {
  const { describer, proof } = found;
  const kind = cluster.wait.kind ?? 'semaphore';
  const rule = RULE_OF_WAIT[kind];
  const [first = 0] = cluster.goroutines;
  const where = describer.blockedAt(first);
  const count = cluster.goroutines.length;
  const [blocked, because] = WORDS[kind];
  const each = cluster.own.bytes / count;
  const holding = cluster.own.bytes === 0 ? '' : `, holding ${formatBytes(cluster.own.bytes)}`;
  const chain = heaviestChain(proof, found.leaked, index, first);
  return {
    rule,
    verdict: 'proven',
    severity: severityOfHeld(cluster.own.bytes + cluster.runtimeBytes, count),
    title: `${plural(count, 'goroutine')} ${blocked} at ${placeName(where)} can never run again: ${because}${holding}`,
    where,
    subject: found.subject,
    count,
    growth: null,
    holds: { bytes: cluster.own.bytes, objects: cluster.own.objects },
    chain: chainSteps(found, cluster, first, where, chain, each),
    evidence: [graphEvidence(found, cluster, because), ...runtimeEvidence(found, cluster)],
    fix: { text: FIX[rule] },
    fingerprint: fingerprint(rule, where.function, operationOf(rule, outerFunction(where.function))),
  };
}

const MIB = 1024 * 1024;

/** From what is held for good, and how many there are; how fast it grows a single dump does not say. */
export function severityOfHeld(bytes: number, count: number): Severity {
  if (bytes >= 1024 * MIB) return 'critical';
  if (bytes >= 64 * MIB || count >= 10_000) return 'high';
  if (bytes >= MIB || count >= 100) return 'medium';
  return 'low';
}

function graphEvidence({ proof, capture }: HeapCase, cluster: LeakCluster, because: string): EvidenceItem {
  const { dump } = proof;
  const others = dump.goroutines.count - proof.proven;
  const shared = cluster.shared?.bytes ?? 0;
  const also = shared > 0 ? `; ${formatBytes(shared)} more they share with other leaked goroutines` : '';
  return {
    leg: 'graph',
    says: `${because}: marked from all globals, finalizers and the ${plural(others, 'other goroutine')}${also}`,
    numbers: [
      quantity('held by these alone', cluster.own.bytes, 'bytes'),
      quantity('objects', cluster.own.objects, 'count'),
      ...(cluster.shared === null ? [] : [quantity('shared with other leaked goroutines', shared, 'bytes')]),
      quantity('stacks and runtime objects', cluster.runtimeBytes, 'bytes'),
    ],
    captures: [capture],
  };
}

function runtimeEvidence({ capture }: HeapCase, cluster: LeakCluster): EvidenceItem[] {
  const count = cluster.goroutines.length;
  return [
    {
      leg: 'goroutine',
      says: `the runtime says \`${cluster.wait.reason}\` of ${count === 1 ? 'it' : `all ${formatCount(count)}`}; ${count === 1 ? 'its stack takes' : 'their stacks take'} ${formatBytes(cluster.runtimeBytes)} more`,
      numbers: [quantity('goroutines', count, 'count')],
      captures: [capture],
    },
  ];
}

function chainSteps(
  { describer, proof }: HeapCase,
  cluster: LeakCluster,
  g: GoroutineIndex,
  where: Where,
  chain: Chain | null,
  each: number,
): ChainStep[] {
  const { dump } = proof;
  const count = cluster.goroutines.length;
  const like = count > 1 ? ` (and ${formatCount(count - 1)} like it)` : '';
  const steps: ChainStep[] = [
    { kind: 'goroutine', text: `goroutine ${dump.goroutines.id[g] ?? 0}${like}`, bytes: Math.round(each) },
  ];
  const created = describer.createdAt(g);
  if (created !== null) steps.push({ kind: 'created-by', text: `created by ${placeName(created)}`, where: created });
  steps.push({ kind: 'blocked-at', text: `${cluster.wait.reason} at ${placeName(where)}`, where });
  if (chain === null) return steps;
  if (chain.frame >= 0) {
    const at = describer.frame(chain.frame);
    if (at.function !== where.function || at.line !== where.line) {
      steps.push({ kind: 'frame', text: `frame of ${placeName(at)}`, where: at });
    }
  }
  return [...steps, ...objectSteps(describer, dump, chain)];
}

/** Nobody reads a chain that is longer. */
const MOST_STEPS = 10;

/** The objects of a chain; of a list, one behind the other, only the first and how many follow. */
function objectSteps(describer: Describer, dump: HeapDump, chain: Chain): ChainStep[] {
  const steps: ChainStep[] = [];
  let before = '';
  let repeated = 0;
  const endRun = (): void => {
    if (repeated > 0)
      steps.push({ kind: 'object', text: `${formatCount(repeated)} more of these, one behind the other` });
    repeated = 0;
  };
  for (const [i, link] of chain.links.entries()) {
    if (steps.length >= MOST_STEPS) break;
    const holder = chain.links[i - 1];
    const place: PointerPlace | null =
      holder === undefined ? null : { contentOffset: dump.objects.contentOffset[holder.object] ?? 0, at: link.field };
    const allocated = describer.allocatedAt(link.object);
    const text = describer.object(link.object, place);
    if (text === before) {
      repeated++;
      continue;
    }
    endRun();
    before = text;
    steps.push({
      kind: 'object',
      text: `${text}${allocated === null ? '' : `, allocated at ${placeName(allocated)}`}`,
      ...(allocated === null ? {} : { where: allocated }),
      bytes: link.bytes,
    });
  }
  endRun();
  return steps;
}

/** What a proof cannot see; part of every answer. */
export function blindSpots(proof: Proof): string[] {
  if (proof.refused !== null) return [`No goroutine is called leaked: ${proof.refused}.`];
  return [
    'A goroutine whose channel or lock something alive still refers to, a global for instance, cannot be proven leaked from one dump; if such goroutines pile up, hemostat diagnose says so.',
    ...proof.notes,
  ];
}
