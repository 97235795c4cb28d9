/** `hemostat guard respond tick` and `run`: reminders. */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { durationMs } from '../findings/duration.ts';
import { printable } from '../findings/layout.ts';
import { makeDirectory } from '../findings/make-directory.ts';
import { GuardEvidenceError, GuardUsageError } from '../guard/error.ts';
import { withLock } from '../guard/respond/lock.ts';
import { sender } from '../guard/respond/send.ts';
import { type Ticked, tick } from '../guard/respond/tick.ts';
import { EXIT } from './exit.ts';
import { openContext } from './guard-context.ts';
import type { RawTick } from './guard-respond.ts';
import { openRespond, printJson, type Respond, say } from './guard-respond-context.ts';
import { terminal } from './terminal.ts';

/** One at a time: two would both send what is due. A tick ends long before. */
const LOCK = { waitMs: 0, staleMs: 15 * 60_000 };

export async function once(raw: RawTick): Promise<void> {
  const respond = openRespond(raw);
  const ticked = await locked(respond, raw);
  if (ticked === null) {
    say(`another tick is running in ${respond.dir}: nothing was done`);
    return;
  }
  if (raw.json) {
    const sent = ticked.sent.map(({ reminder, receiver }) => ({ receiver, ...reminder }));
    printJson({ schema: 'hemostat/tick@1', sent, failures: ticked.failures });
  }
  for (const failure of ticked.failures) say(failure);
  if (ticked.failures.length > 0) process.exitCode = EXIT.evidence;
}

export async function run(raw: RawTick): Promise<void> {
  const every = durationMs(raw.every ?? '15s');
  if (every === null || every < 100)
    throw new GuardUsageError(
      `--every: ${JSON.stringify(raw.every)} is no duration of 100ms or more; write it like 15s`,
    );
  const end = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => end.abort());
  let last = '';
  while (!end.signal.aborted) {
    let says = '';
    try {
      // The matrix is read again: who changes it need not know who runs.
      const ticked = await locked(openRespond(raw), raw);
      says = ticked === null ? 'another tick is running' : ticked.failures.join('\n');
    } catch (error) {
      // What is wrong now (a full disk, a file that is being edited) may be right at the next look.
      if (!(error instanceof GuardEvidenceError) && !(error instanceof GuardUsageError)) throw error;
      says = error.message;
    }
    if (says !== '' && says !== last) say(says);
    last = says;
    await sleep(every, undefined, { signal: end.signal }).catch(() => undefined);
  }
}

/** Null where another one runs. */
async function locked(respond: Respond, raw: RawTick): Promise<Ticked | null> {
  const { dir, journal, config, now } = respond;
  if (!makeDirectory(dir)) throw new GuardEvidenceError(`${dir} cannot be made; give another --dir`);
  const context = openContext({ cwd: process.cwd(), offline: raw.offline === true });
  const { unicode } = terminal();
  const send = sender(config.receivers, context, ({ says, incident }, receiver) => {
    if (!raw.json) process.stdout.write(`to ${receiver}: ${printable(says, unicode)} [${incident}]\n`);
  });
  try {
    const done = await withLock(join(dir, 'tick.lock'), LOCK, () =>
      tick(journal, config.matrix, now, send, 'guard respond'),
    );
    return done === null ? null : done.value;
  } finally {
    context.close();
  }
}
