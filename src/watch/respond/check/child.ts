/** The checking process: is asked about one answer, says what it saw, and ends. It never lives longer than the server. */
import { realpath } from 'node:fs/promises';
import { setPriority } from 'node:os';
import { join, sep } from 'node:path';

import { createHttp } from '../../../guard/http/create.ts';
import { imageSettings } from '../../../guard/image/settings.ts';
import { trustOf } from '../../../guard/image/trust.ts';
import { checkArtefact } from '../../../guard/respond/artefacts/check.ts';
import { notChecked, type Outcome } from '../../../guard/respond/artefacts/outcome.ts';
import type { TrustPolicy } from '../../../guard/signature/signature.ts';
import { cacheDirectory } from '../../../review/cache-directory.ts';
import type { CheckQuestion } from './messages.ts';

/** Captures go before. */
const NICE = 10;

// Ctrl-C reaches every process of the terminal: the server decides when this one ends.
process.on('SIGINT', () => {});
process.on('disconnect', () => process.exit());
process.once('message', (question: CheckQuestion) => void answer(question));

async function answer(question: CheckQuestion): Promise<void> {
  process.send?.(await outcomeOf(question), () => process.disconnect?.());
}

async function outcomeOf(question: CheckQuestion): Promise<Outcome> {
  try {
    setPriority(NICE);
    return await check(question);
  } catch (error) {
    return notChecked(error instanceof Error ? error.message : String(error));
  }
}

async function check({ artefact, incident, settings, source, build }: CheckQuestion): Promise<Outcome> {
  const { kind, reference } = artefact.artefact;
  if (kind === 'fix-with-test' && source === null)
    return notChecked(
      `the server does not know the source of ${incident.finding.subject.service}: name it in the configuration (source of its job)`,
    );
  const file = kind === 'fix-with-test' ? reference : await within(settings.artefacts, reference);
  if (typeof file !== 'string') return file;
  const env = process.env;
  const http = createHttp({ env });
  const cwd = source ?? process.cwd();
  try {
    return await checkArtefact({ ...artefact, artefact: { ...artefact.artefact, reference: file } }, incident, {
      repository: cwd,
      build,
      runTests: settings.runTests,
      timeoutMs: settings.testTimeoutMs,
      env,
      progress: () => {},
      trust: await trust(settings.keys),
      insecure: settings.insecureRegistry,
      context: {
        ...{ http, cwd, env, offline: false, now: () => new Date(), progress: () => {} },
        cacheDir: cacheDirectory(env, process.platform, 'guard') ?? '',
      },
    });
  } finally {
    http.close();
  }
}

/** A file of the directory of answers, wherever links lead: the API does not read the rest of the disk. */
async function within(directory: string | null, name: string): Promise<string | Outcome> {
  if (directory === null)
    return notChecked(
      'the server has no directory of plans and rules: name one in the configuration (respond.artefacts)',
    );
  const missing = notChecked(
    `there is no ${name} among the plans and rules of the server; put it there, and check again`,
  );
  try {
    const root = await realpath(directory);
    const path = await realpath(join(root, name));
    return path.startsWith(root + sep) ? path : missing;
  } catch {
    return missing;
  }
}

async function trust(keys: readonly string[]): Promise<TrustPolicy | null> {
  if (keys.length === 0) return null;
  const settings = imageSettings.parse({ signature: { keys } }).signature;
  return settings === undefined ? null : trustOf(settings, process.cwd());
}
