/** What a thread has to be told of a target after a restart of either: the stored summaries of its windows. */

import type { SyscallSeries } from '../../diagnose/syscall-series.ts';
import type { HistoryStore } from '../history/store.ts';
import { type CaptureSummary, type TargetId, WINDOWS } from '../model.ts';
import { flowsOf } from '../syscalls/flows.ts';
import { WINDOW_NAMES } from './target.ts';

/** Captures of one window; a ring keeps no more. */
const POINTS = 24;
/** Windows of syscalls; the thread keeps some more of its own. */
const FLOWS = 2000;

/** Oldest first. `until`: the newest capture that may be among them, ms since the epoch. */
export async function recallSummaries(
  store: Pick<HistoryStore, 'summaries'>,
  target: TargetId,
  until: number,
): Promise<CaptureSummary[]> {
  const found = new Map<string, CaptureSummary>();
  for (const name of WINDOW_NAMES)
    for (const summary of await store.summaries(target, { from: until - WINDOWS[name], to: until }, POINTS))
      found.set(summary.capture, summary);
  return [...found.values()].sort((a, b) => a.at - b.at);
}

/** `pid`: of the process that answers for the target, where known. */
export async function recallFlows(
  store: Pick<HistoryStore, 'syscallWindows'>,
  target: TargetId,
  pid: number | null,
  until: number,
): Promise<SyscallSeries> {
  return flowsOf(await store.syscallWindows(target, { from: until - WINDOWS['7d'], to: until }, FLOWS), pid);
}
