/** Channels, pools and holders of a report as plain rows with names, for whoever prints or shows them. */
import type { HeapReport } from './analyse.ts';
import type { Holder } from './channels.ts';
import { holderName, pathSteps } from './global-findings.ts';
import { poolName } from './holder-findings.ts';
import type { RetainedHolder } from './retained.ts';

/** Rows of a table; the first are those with most bytes. */
const LISTED = 1000;

export interface ChannelRow {
  readonly address: string;
  /** Type of an element; empty where the executable was not there to tell. */
  readonly element: string;
  readonly length: number;
  readonly capacity: number;
  readonly closed: boolean;
  readonly bytes: number;
  readonly senders: number;
  readonly receivers: number;
  readonly holder: Holder;
}

export function channelRows({ channels, dump, names }: HeapReport): ChannelRow[] {
  return channels.channels.slice(0, LISTED).map((channel) => ({
    address: `0x${(dump.objects.address[channel.object] ?? 0).toString(16)}`,
    element: names.type(channel.elemType) ?? '',
    length: channel.length,
    capacity: channel.capacity,
    closed: channel.closed,
    bytes: channel.bytes,
    senders: channel.senders.length,
    receivers: channel.receivers.length,
    holder: channel.holder,
  }));
}

export interface PoolRow {
  readonly name: string;
  readonly objects: number;
  /** Of these, in the victim cache: dropped at the next collection. */
  readonly victims: number;
  readonly bytes: number;
  /** Bytes that go with the largest object alone. */
  readonly largest: number;
  readonly finalized: number;
}

export function poolRows({ describer, names, pools }: HeapReport): PoolRow[] {
  return pools.slice(0, LISTED).map((pool) => ({
    name: poolName({ describer }, names, pool),
    objects: pool.objects.length,
    victims: pool.objects.filter(({ victim }) => victim).length,
    bytes: pool.holds.bytes,
    largest: pool.largest.bytes,
    finalized: pool.finalized.length,
  }));
}

export interface HolderRow {
  readonly kind: RetainedHolder['kind'];
  readonly name: string;
  readonly bytes: number;
  /** From the holder on, each time what retains most. */
  readonly path: readonly { readonly text: string; readonly bytes?: number }[];
}

export function holderRows(report: HeapReport): HolderRow[] {
  return report.holders.map((holder) => ({
    kind: holder.kind,
    name: holderName(report, report.names, holder),
    bytes: holder.bytes,
    path: pathSteps(report, holder).map(({ text, bytes }) => (bytes === undefined ? { text } : { text, bytes })),
  }));
}
