/** What the channel engine finds, and the stuck goroutine that it tells of. */
import type { NodeIndex } from '../../golang/tree.ts';
import type { Report } from '../rule.ts';
import type { Search, Stuck } from './search.ts';
import type { Channel } from './values.ts';

export type ChannelRule =
  | 'chan-send-abandoned'
  | 'chan-first-wins'
  | 'chan-double-send'
  | 'chan-range-unclosed'
  | 'chan-select-no-exit'
  | 'chan-unbounded-producer'
  | 'goroutine-no-exit';

export interface Finding {
  readonly rule: ChannelRule;
  /** The search began in the function that makes the channel. */
  readonly made: boolean;
  readonly report: Report;
}

/** One goroutine that is stuck at one operation. */
export interface Case {
  readonly rule: ChannelRule;
  readonly node: NodeIndex;
  readonly channel: Channel;
  readonly search: Search;
  readonly stuck: Stuck;
  /** How many more goroutines are there still. */
  readonly others: number;
}

export function isSendRule(rule: ChannelRule): boolean {
  return rule !== 'chan-range-unclosed' && rule !== 'chan-select-no-exit';
}
