/** What the parts of the bpftrace program are made with. */
import type { KernelOffer } from './kernel.ts';

/** What `kind` in @f0, @f1 is. */
export const FLOW_KINDS = {
  file: 0,
  descriptor: 1,
  closed: 2,
  mapped: 3,
  unmapped: 4,
  connect: 5,
  connectFailed: 6,
  /** close_range over more than one number: how many were open is not known. */
  closedUnknown: 7,
  /** Bytes. */
  sent: 8,
  received: 9,
  /** Connections of TCP that this side began and that came to be. */
  connected: 10,
} as const;

export type FlowKind = keyof typeof FLOW_KINDS;

export interface ProgramParts {
  readonly offer: Pick<KernelOffer, 'has' | 'kprobe'>;
  /** Predicates for what is asked for: none where that is everything. */
  readonly mine: readonly string[];
  /** A probe on a tracepoint, `category:name`, which must be there. */
  probe(name: string, predicates: readonly string[], body: string): void;
  /** A probe that bpftrace names otherwise: `kretprobe:tcp_sendmsg`. */
  other(name: string, predicates: readonly string[], body: string): void;
  /** Adds `value` to a flow of the process that runs, or of the one that `who` names (`CGROUP, PID`). */
  flow(kind: FlowKind, value?: string, who?: string): string;
}
