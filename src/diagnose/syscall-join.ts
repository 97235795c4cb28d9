/**
 * Goroutines that pile up, and what the kernel counted meanwhile: does each of them hold a descriptor, or a connection that
 * it opened itself? Then the goroutines are the answer and the descriptors follow from them; clients that wait for an answer
 * are `blocked-clients`, which growth alone could not tell from busy ones.
 */
import { fingerprint } from '../findings/fingerprint.ts';
import type { EvidenceItem, Finding } from '../findings/model.ts';
import { formatCount, formatDuration } from '../findings/units.ts';
import { type Case, placeName, plural, quantity, verdictOf } from './case.ts';
import { countedEvidence } from './fd-findings.ts';
import type { LeadingCluster } from './goroutine-findings.ts';
import { outerFunction } from './packages.ts';
import { FIX, operationOf, severityOf } from './rules.ts';
import { PARKED } from './stacks.ts';
import { risesWith, type SyscallSignals } from './syscall-signals.ts';

export interface JoinedSyscalls {
  readonly findings: readonly Finding[];
  /** One of the findings accounts for the descriptors that are not closed. */
  readonly held: boolean;
}

/** New connections per new goroutine from which on they are the goroutines' own; DNS look-ups only add to them. */
const CONNECTS_EACH = 0.5;
/** Of all sockets, pipes and so on that were opened: a proxy makes one for each that comes. */
const OUTGOING = 0.3;
/** The share of connects that fail from which on the other side is not there. */
const MOST_FAIL = 0.5;

/** Functions in which a goroutine that sends a request or opens a connection waits: the standard library's clients. */
const CLIENT =
  /^(net\/http\.(\(\*Client\)|\(\*Transport\)|\(\*persistConn\))\.|net\.(\(\*Dialer\)\.|\(\*sysDialer\)\.|\(\*Resolver\)\.|Dial)|crypto\/tls\.(Dial|\(\*Dialer\)|\(\*Conn\)\.clientHandshake)|database\/sql\.\(\*(DB|Conn|Tx|Stmt)\)\.|net\/rpc\.\(\*Client\)\.|net\/smtp\.\(\*Client\)\.|google\.golang\.org\/grpc\.(\(\*ClientConn\)|\(\*clientStream\)|Invoke))/;

/** `leaders`: the clusters that the goroutine findings are about, by fingerprint. */
export function joinSyscalls(
  found: Case,
  findings: readonly Finding[],
  leaders: ReadonlyMap<string, LeadingCluster>,
): JoinedSyscalls {
  const { syscalls } = found;
  if (syscalls === null) return { findings, held: false };
  let held = false;
  const joined = findings.map((item) => {
    const leader = leaders.get(item.fingerprint);
    if (leader === undefined || item.verdict === 'cleared') return item;
    const level = syscalls.fds;
    const holds =
      level !== null && level.trend.shape === 'rising' && risesWith(level, found.at, leader.growing.cluster.count);
    held ||= holds;
    if (isBlockedClient(syscalls, leader, holds)) return blockedClients(found, syscalls, item, leader, holds);
    if (!holds) return item;
    return withLeg(found, item, countedEvidence(found, syscalls, level), leader.sure);
  });
  return { findings: joined, held };
}

/** A second, independent observation agrees: what was only suspected for want of one is confirmed. */
function withLeg(found: Case, item: Finding, leg: EvidenceItem, sure: boolean): Finding {
  const evidence = [...item.evidence, leg];
  const raised = item.verdict === 'suspected' && sure;
  const verdict = raised ? verdictOf(found, evidence, new Set(['goroutine', 'syscall'])) : item.verdict;
  const { perHour = 0, timeToLimit = null } = item.growth ?? {};
  return { ...item, verdict, severity: severityOf(verdict, perHour, timeToLimit), evidence };
}

/**
 * Goroutines in a client's call (or waiting for the network in a process whose sockets are mostly its own doing) that make
 * connections as they pile up, and the connections stay, or fail, or come ever faster.
 */
function isBlockedClient(syscalls: SyscallSignals, { growing }: LeadingCluster, holds: boolean): boolean {
  const { connects, connectFailures, connectRate, series } = syscalls;
  const { cluster, grown } = growing;
  if (connects === null || connects < CONNECTS_EACH * grown || cluster.state === 'body') return false;
  const inCall = cluster.stack.some((frame) => CLIENT.test(frame.function));
  if (!inCall && (cluster.state !== 'io' || !cluster.owned || !mostlyOutgoing(series, connects))) return false;
  const fail = connectFailures !== null && connectFailures >= MOST_FAIL * connects;
  return holds || fail || connectRate.trend.shape === 'rising';
}

function mostlyOutgoing({ fdsOpened, filesOpened }: SyscallSignals['series'], connects: number): boolean {
  const total = (column: Float64Array): number => column.reduce((sum, n) => (Number.isNaN(n) ? sum : sum + n), 0);
  return connects >= OUTGOING * (total(fdsOpened) - total(filesOpened));
}

function blockedClients(
  found: Case,
  syscalls: SyscallSignals,
  item: Finding,
  leader: LeadingCluster,
  holds: boolean,
): Finding {
  const connects = connectEvidence(syscalls, holds);
  // Proven by the runtime: that says more than any count, and under the name that the proof has.
  if (item.verdict === 'proven') return { ...item, evidence: [...item.evidence, connects] };
  const { cluster, grown } = leader.growing;
  const told = withLeg(found, { ...item, verdict: 'suspected' }, connects, leader.steady);
  return {
    ...told,
    rule: 'blocked-clients',
    title: `outgoing calls do not come back: ${plural(item.count ?? 0, 'goroutine')} ${PARKED[cluster.state]} at ${placeName(item.where)}, ${formatCount(grown)} more in ${formatDuration(found.seconds)}${holds ? ', each with a connection of its own' : ''}`,
    fix: { text: FIX['blocked-clients'] },
    fingerprint: fingerprint(
      'blocked-clients',
      item.where.function,
      operationOf('blocked-clients', outerFunction(cluster.where.function)),
    ),
  };
}

function connectEvidence(syscalls: SyscallSignals, holds: boolean): EvidenceItem {
  const { connects, connectFailures, connectRate, fds, capture } = syscalls;
  const made = connects ?? 0;
  const failed = connectFailures ?? 0;
  const { first, last, shape } = connectRate.trend;
  const rate = shape === 'rising' ? `, ever more often (${formatCount(first)}/s → ${formatCount(last)}/s)` : '';
  const open = (fds?.trend.last ?? 0) - (fds?.trend.first ?? 0);
  const kept = holds
    ? `; ${formatCount(open)} more descriptors are open than at the start, in step with the goroutines`
    : '';
  return {
    leg: 'syscall',
    says: `counted in the kernel: ${formatCount(made)} connects in ${formatDuration(countedSeconds(syscalls))}, ${formatCount(failed)} of them failed${rate}${kept}`,
    numbers: [
      quantity('connects', made, 'count'),
      quantity('connects that failed', failed, 'count'),
      ...(holds ? [quantity('descriptors kept', open, 'count')] : []),
    ],
    captures: [capture],
  };
}

/** From the start of the first window to the end of the last: the recording may be a little longer than the visits. */
function countedSeconds({ series }: SyscallSignals): number {
  return ((series.at.at(-1) ?? 0) - (series.from[0] ?? 0)) / 1000;
}
