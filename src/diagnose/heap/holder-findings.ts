/** Channels that are full for good, pools that pin memory, pooled objects with finalizers (S5, S9, S12, S14). */

import { fingerprint } from '../../findings/fingerprint.ts';
import type { EvidenceItem, Finding, Where } from '../../findings/model.ts';
import { formatBytes, formatCount } from '../../findings/units.ts';
import { placeName, plural, quantity } from '../case.ts';
import { FIX, operationOf, type RuleId } from '../rules.ts';
import type { Channel, ChannelCensus } from './channels.ts';
import { NOWHERE } from './describe.ts';
import { type HeapCase, severityOfHeld } from './findings.ts';
import type { Names } from './names.ts';
import type { Pool } from './pools.ts';

export interface Holders {
  readonly channels: ChannelCensus;
  readonly pools: readonly Pool[];
  readonly names: Names;
}

export function holderFindings(found: HeapCase, holders: Holders): Finding[] {
  return [...channelFindings(found, holders), ...holders.pools.flatMap((pool) => poolFindings(found, holders, pool))];
}

/** Full channels that only leaked goroutines have, by the line that waits for them and the type that is in them. */
function channelFindings(found: HeapCase, { channels, names }: Holders): Finding[] {
  const groups = new Map<string, Channel[]>();
  for (const channel of channels.channels) {
    if (channel.capacity === 0 || channel.length < channel.capacity || channel.holder !== 'leaked') continue;
    const [waiter] = channel.senders;
    const where = waiter === undefined ? NOWHERE : found.describer.blockedAt(waiter);
    const key = JSON.stringify([where, channel.elemType, channel.capacity]);
    groups.set(key, [...(groups.get(key) ?? []), channel]);
  }
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    const [waiter] = first.senders;
    const where = waiter === undefined ? NOWHERE : found.describer.blockedAt(waiter);
    const bytes = group.reduce((sum, { bytes: own }) => sum + own, 0);
    const senders = group.reduce((sum, channel) => sum + channel.senders.length, 0);
    const values = group.reduce((sum, channel) => sum + channel.length, 0);
    const element = names.type(first.elemType);
    const at = where === NOWHERE ? '' : ` at ${placeName(where)}`;
    const of = element === null ? '' : ` of ${element}`;
    return [
      make(found, 'channel-full-abandoned', {
        verdict: 'proven',
        title: `${plural(group.length, `channel${of}`, `channels${of}`)} full with ${formatCount(first.capacity)} ${first.capacity === 1 ? 'value' : 'values'} each ${group.length === 1 ? 'is' : 'are'} abandoned: nobody who can run can receive, and ${plural(senders, 'goroutine')} ${senders === 1 ? 'waits' : 'wait'} to send${at}`,
        where,
        count: group.length,
        bytes,
        objects: group.length,
        via: element ?? '',
        evidence: {
          leg: 'graph',
          says: `${formatCount(values)} values of ${formatBytes(first.elemSize)} lie in ${plural(group.length, 'buffer')}; only leaked goroutines have a way to ${group.length === 1 ? 'it' : 'them'}`,
          numbers: [
            quantity('values', values, 'count'),
            quantity('waiting senders', senders, 'count'),
            quantity('channels and buffers', bytes, 'bytes'),
          ],
          captures: [found.capture],
        },
        steps: [],
      }),
    ];
  });
}

const MIB = 1024 * 1024;
/** A pool below this is no finding: pools are there to hold something. */
const PINNED_BYTES = MIB;
/** An object is an outlier among the pooled from this size on, and from this many times the mean of the others. */
const LARGE_OBJECT = 256 * 1024;
const OUTLIER = 8;

function poolFindings(found: HeapCase, { names }: Holders, pool: Pool): Finding[] {
  const name = poolName(found, names, pool);
  const findings: Finding[] = [];
  const count = pool.objects.length;
  const victims = pool.objects.filter(({ victim }) => victim).length;
  const others = count > 1 ? (pool.holds.bytes - pool.largest.bytes) / (count - 1) : 0;
  const outlier = pool.largest.bytes >= LARGE_OBJECT && pool.largest.bytes >= OUTLIER * others;
  const mean = pool.holds.bytes / count;
  if (pool.holds.bytes >= PINNED_BYTES && (outlier || mean >= LARGE_OBJECT)) {
    const allocated = found.describer.allocatedAt(pool.largest.object);
    const processors = new Set(pool.objects.map(({ processor }) => processor)).size;
    findings.push(
      make(found, 'pool-pinned', {
        // How much of it is in use again before the next two collections, one dump does not say.
        verdict: 'suspected',
        title: `${name} keeps ${formatBytes(pool.holds.bytes)} in ${plural(count, 'idle object')}, the largest with ${formatBytes(pool.largest.bytes)}`,
        where: allocated ?? NOWHERE,
        count,
        bytes: pool.holds.bytes,
        objects: pool.holds.objects,
        via: name,
        evidence: {
          leg: 'graph',
          says: `only the pool leads to them: ${plural(count, 'object')} in the caches of ${plural(processors, 'processor')}, ${formatCount(victims)} of them unused since the last collection; on average ${formatBytes(mean)}`,
          numbers: [
            quantity('pooled objects', count, 'count'),
            quantity('largest', pool.largest.bytes, 'bytes'),
            quantity('mean', mean, 'bytes'),
          ],
          captures: [found.capture],
        },
        steps: [
          { kind: 'root', text: name, bytes: pool.holds.bytes },
          { kind: 'object', text: found.describer.object(pool.largest.object), bytes: pool.largest.bytes },
        ],
      }),
    );
  }
  const [finalized] = pool.finalized;
  if (finalized !== undefined) {
    const allocated = found.describer.allocatedAt(finalized);
    findings.push(
      make(found, 'pool-object-with-finalizer', {
        verdict: 'confirmed',
        title: `${plural(pool.finalized.length, 'object')} in ${name} ${pool.finalized.length === 1 ? 'has a finalizer' : 'have finalizers'}, which ${pool.finalized.length === 1 ? 'runs' : 'run'} when the pool drops ${pool.finalized.length === 1 ? 'it' : 'them'}`,
        where: allocated ?? NOWHERE,
        count: pool.finalized.length,
        bytes: 0,
        objects: pool.finalized.length,
        via: name,
        evidence: {
          leg: 'graph',
          says: `${formatCount(pool.finalized.length)} of ${plural(count, 'pooled object')} ${pool.finalized.length === 1 ? 'is' : 'are'} in the runtime's table of finalizers`,
          numbers: [quantity('pooled objects with a finalizer', pool.finalized.length, 'count')],
          captures: [found.capture],
        },
        steps: [
          { kind: 'root', text: name },
          { kind: 'object', text: found.describer.object(finalized) },
        ],
      }),
    );
  }
  return findings;
}

/** `sync.Pool main.buffers`, or by what holds it. */
export function poolName({ describer }: Pick<HeapCase, 'describer'>, names: Names, pool: Pool): string {
  const global = names.global(pool.address);
  if (global !== null) return `sync.Pool ${global.name}${global.offset === 0 ? '' : `+${global.offset}`}`;
  if (pool.object >= 0) return `a sync.Pool in ${describer.object(pool.object)}`;
  return `the sync.Pool at 0x${pool.address.toString(16)}`;
}

interface Parts {
  readonly verdict: Finding['verdict'];
  readonly title: string;
  readonly where: Where;
  readonly count: number;
  readonly bytes: number;
  readonly objects: number;
  readonly via: string;
  readonly evidence: EvidenceItem;
  readonly steps: Finding['chain'];
}

function make(found: HeapCase, rule: RuleId, parts: Parts): Finding {
  return {
    rule,
    verdict: parts.verdict,
    severity: severityOfHeld(parts.bytes, parts.count),
    title: parts.title,
    where: parts.where,
    subject: found.subject,
    count: parts.count,
    growth: null,
    holds: { bytes: parts.bytes, objects: parts.objects },
    chain: parts.steps,
    evidence: [parts.evidence],
    fix: { text: FIX[rule] },
    fingerprint: fingerprint(rule, parts.where.function, operationOf(rule, parts.via)),
  };
}
