/** What machines say to an incident: whether an answer holds, whether the finding is gone. */
import { resolve } from 'node:path';
import { durationMs } from '../findings/duration.ts';
import { GuardEvidenceError, GuardUsageError } from '../guard/error.ts';
import { imageSettings } from '../guard/image/settings.ts';
import { trustOf } from '../guard/image/trust.ts';
import { checkArtefact } from '../guard/respond/artefacts/check.ts';
import { measuredBy } from '../guard/respond/artefacts/measure.ts';
import { missing } from '../guard/respond/events.ts';
import { readDiagnosis } from '../guard/respond/intake.ts';
import type { TrustPolicy } from '../guard/signature/signature.ts';
import { EXIT } from './exit.ts';
import { openContext } from './guard-context.ts';
import type { RawCheck, RawVerify } from './guard-respond.ts';
import { closeIncident, said } from './guard-respond-act.ts';
import { append, openIncidentOf, openRespond, printDone, textOf } from './guard-respond-context.ts';

export async function check(id: string, raw: RawCheck): Promise<void> {
  const respond = openRespond(raw);
  const incident = await openIncidentOf(respond, id);
  const wanted = incident.artefacts.filter(
    ({ role, artefact }) => artefact.kind !== 'note' && (raw.role === undefined || role === raw.role),
  );
  if (wanted.length === 0)
    throw new GuardUsageError(
      `nothing that can be checked is attached to incident ${incident.id}; hemostat guard respond attach does that`,
    );
  const context = openContext({ cwd: process.cwd(), offline: raw.offline === true });
  const says: string[] = [];
  let exit: number = EXIT.ok;
  let after = incident;
  try {
    const options = {
      repository: resolve(raw.repo),
      build: raw.build ?? null,
      runTests: raw.runTests === true,
      timeoutMs: given(raw.timeout, '--timeout'),
      env: process.env,
      progress: context.progress,
      trust: await trust(raw),
      insecure: raw.insecure === true,
      context,
    };
    for (const one of wanted) {
      const { passed, known, says: sentence } = await checkArtefact(one, incident, options);
      const event = said(respond, incident, {
        kind: 'checked',
        role: one.role,
        artefact: one.artefact.id,
        passed,
        says: sentence,
      });
      after = await append(respond, incident.id, [event]);
      const word = passed ? 'passed' : known ? 'REFUSED' : 'NOT CHECKED';
      says.push(`${one.artefact.kind} of ${one.role} ${word}: ${sentence.replace(/^not checked: /, '')}`);
      if (!known) exit = EXIT.evidence;
      else if (!passed && exit === EXIT.ok) exit = EXIT.findings;
    }
  } finally {
    context.close();
  }
  printDone(respond, raw, says.join('\n'), after);
  process.exitCode = exit;
}

/** Null where no key and no signer was named. */
async function trust({ key, identity, trustedRoot }: RawCheck): Promise<TrustPolicy | null> {
  if (key === undefined && identity === undefined) return null;
  const identities = identity?.map((text) => {
    const at = text.indexOf('=');
    return { issuer: text.slice(0, Math.max(0, at)), subject: text.slice(at + 1) };
  });
  const parsed = imageSettings.safeParse({ signature: { keys: key, identities, 'trusted-root': trustedRoot } });
  const settings = parsed.data?.signature;
  if (settings === undefined)
    throw new GuardUsageError(
      `--key, --identity and --trusted-root: ${parsed.error?.issues[0]?.message ?? 'this cannot be'}`,
    );
  return trustOf(settings, process.cwd());
}

export async function verify(id: string, raw: RawVerify): Promise<void> {
  const respond = openRespond(raw);
  const incident = await openIncidentOf(respond, id);
  const diagnosis = readDiagnosis(textOf(raw.diagnosis), raw.diagnosis);
  const { passed: flat, known, says } = measuredBy(incident, diagnosis, given(raw.least, '--least') / 1000);
  if (!known) throw new GuardEvidenceError(`${raw.diagnosis} does not show it: ${says.replace(/^not checked: /, '')}`);
  const after = await append(respond, incident.id, [said(respond, incident, { kind: 'measured', flat, says })]);
  if (raw.close === true && flat && missing(after).length === 0) {
    await closeIncident(respond, raw, after, says);
    return;
  }
  printDone(
    respond,
    raw,
    `${flat ? 'Flat' : 'NOT FLAT'}: ${says}.${flat ? next(missing(after), after.id) : ''}`,
    after,
  );
  if (!flat) process.exitCode = EXIT.findings;
}

function next(owed: readonly string[], id: string): string {
  return owed.length === 0
    ? ` It can be closed: hemostat guard respond close ${id}`
    : ` To be closed: ${owed.join('; ')}.`;
}

function given(text: string, option: string): number {
  const ms = durationMs(text);
  if (ms === null || ms <= 0)
    throw new GuardUsageError(`${option}: ${JSON.stringify(text)} is no duration; write it like 30s, 5m or 1h30m`);
  return ms;
}
