/** All rules, by id. One import and one line in the list for each; a test holds the list against docs/rules. */
import type { Rule } from './rule.ts';
import { bodyNotClosed } from './rules/body-not-closed.ts';
import { chanDoubleSend } from './rules/chan-double-send.ts';
import { chanFirstWins } from './rules/chan-first-wins.ts';
import { chanRangeUnclosed } from './rules/chan-range-unclosed.ts';
import { chanSelectNoExit } from './rules/chan-select-no-exit.ts';
import { chanSendAbandoned } from './rules/chan-send-abandoned.ts';
import { chanUnboundedProducer } from './rules/chan-unbounded-producer.ts';
import { contextCancelLost } from './rules/context-cancel-lost.ts';
import { deferInLoop } from './rules/defer-in-loop.ts';
import { globalUnbounded } from './rules/global-unbounded.ts';
import { goroutineCapturesLarge } from './rules/goroutine-captures-large.ts';
import { goroutineNoExit } from './rules/goroutine-no-exit.ts';
import { lockNotReleased } from './rules/lock-not-released.ts';
import { poolFinalizer } from './rules/pool-finalizer.ts';
import { poolPutUnbounded } from './rules/pool-put-unbounded.ts';
import { poolPutWithoutReset } from './rules/pool-put-without-reset.ts';
import { poolUseAfterPut } from './rules/pool-use-after-put.ts';
import { poolValueBoxed } from './rules/pool-value-boxed.ts';
import { rowsNotClosed } from './rules/rows-not-closed.ts';
import { sliceKeepsBacking } from './rules/slice-keeps-backing.ts';
import { timerNotStopped } from './rules/timer-not-stopped.ts';
import { waitgroupMisuse } from './rules/waitgroup-misuse.ts';

export const RULES: readonly Rule[] = [
  bodyNotClosed,
  chanDoubleSend,
  chanFirstWins,
  chanRangeUnclosed,
  chanSelectNoExit,
  chanSendAbandoned,
  chanUnboundedProducer,
  contextCancelLost,
  deferInLoop,
  globalUnbounded,
  goroutineCapturesLarge,
  goroutineNoExit,
  lockNotReleased,
  poolFinalizer,
  poolPutUnbounded,
  poolPutWithoutReset,
  poolUseAfterPut,
  poolValueBoxed,
  rowsNotClosed,
  sliceKeepsBacking,
  timerNotStopped,
  waitgroupMisuse,
];

/**
 * Those that leave facts for other packages. Packages that are reviewed for their facts alone (what the asked-for ones
 * import) are spared the others; a test holds that their facts are the same.
 */
export const FACT_RULES: ReadonlySet<string> = new Set([
  'body-not-closed',
  'chan-double-send',
  'chan-first-wins',
  'chan-range-unclosed',
  'chan-select-no-exit',
  'chan-send-abandoned',
  'chan-unbounded-producer',
  'goroutine-no-exit',
  'pool-put-unbounded',
  'pool-use-after-put',
  'rows-not-closed',
]);
