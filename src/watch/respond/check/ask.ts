/** One check of one answer in a process of its own. */
import { notChecked, type Outcome } from '../../../guard/respond/artefacts/outcome.ts';
import { askProcess } from '../../ask-process.ts';
import type { CheckQuestion } from './messages.ts';

/** For git, a registry and writing out two trees, beside the two runs of tests, ms. */
const BESIDE_MS = 2 * 60_000;
const HEAP_MB = 512;

/** Resolves always; what could not be checked has not passed. */
export function askForCheck(question: CheckQuestion, signal: AbortSignal): Promise<Outcome> {
  const timeoutMs = 2 * question.settings.testTimeoutMs + BESIDE_MS;
  return askProcess(import.meta.url, 'child', question, notChecked, { signal, timeoutMs, heapMb: HEAP_MB });
}
