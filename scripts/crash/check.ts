/** What must hold after a crash: what the server has acknowledged is there, and nothing is there twice. */
import { z } from 'zod';
import { captures, findingDetail, findings, incidentDetail, incidents } from '../../src/watch/api/contract.ts';
import { readLog } from './receiver.ts';
import type { ServerProcess } from './server.ts';

/** What the server has said, over all its lives. */
export interface Acknowledged {
  readonly captures: Set<string>;
  /** `FINDING KIND`, as often as it was said. */
  readonly events: Map<string, number>;
  readonly findings: Set<string>;
}

const told = z.object({ kind: z.string(), id: z.string(), at: z.number() });

/** Adds what `server` has logged and told. */
export function collect(server: ServerProcess, into: Acknowledged): void {
  for (const { capture, finding, kind } of server.lines) {
    if (capture !== undefined) into.captures.add(capture);
    if (finding === undefined || kind === undefined) continue;
    into.findings.add(finding);
    const key = `${finding} ${kind}`;
    into.events.set(key, (into.events.get(key) ?? 0) + 1);
  }
  for (const line of server.told) {
    const { kind, id } = told.parse(JSON.parse(line));
    if (kind === 'finding') into.findings.add(id);
  }
}

/** Everything that is in the store, by the API. */
export interface Stored {
  readonly captures: ReadonlySet<string>;
  readonly findings: ReadonlySet<string>;
  /** `FINDING KIND` to the times at which it happened. */
  readonly events: ReadonlyMap<string, readonly number[]>;
  /** Ids of reminders that were planned for somebody. */
  readonly reminded: ReadonlySet<string>;
  readonly faults: readonly string[];
}

export async function readStored(server: ServerProcess, from: number): Promise<Stored> {
  const faults: string[] = [];
  const seen = new Set<string>();
  let to = Date.now() + 86_400_000;
  for (;;) {
    const page = await server.ask(`/api/captures?from=${from}&to=${to}&limit=500`, captures);
    const fresh = page.captures.filter(({ id }) => !seen.has(id));
    if (new Set(page.captures.map(({ id }) => id)).size < page.captures.length) faults.push('a capture is there twice');
    for (const { id } of fresh) seen.add(id);
    const oldest = page.captures.at(-1);
    if (oldest === undefined || fresh.length === 0 || page.captures.length < 500) break;
    to = oldest.at + 1;
  }
  const { findings: all } = await server.ask('/api/findings', findings);
  const ids = new Set(all.map(({ id }) => id));
  const causes = new Set(
    all.map(({ environment, service, fingerprint }) => JSON.stringify([environment, service, fingerprint])),
  );
  if (ids.size < all.length || causes.size < all.length) faults.push('a finding is there twice');
  const events = new Map<string, number[]>();
  for (const { id } of all) {
    const detail = await server.ask(`/api/findings/${id}`, findingDetail);
    for (const { kind, at } of detail.events) {
      const times = events.get(`${id} ${kind}`) ?? [];
      if (times.includes(at)) faults.push(`an event is there twice: ${id} ${kind}`);
      events.set(`${id} ${kind}`, [...times, at]);
    }
    const open = detail.events.filter(({ kind }) => kind === 'opened').length;
    const over = detail.events.filter(({ kind }) => kind === 'resolved').length;
    if (open > over + 1) faults.push(`a finding was opened twice: ${id}`);
  }
  return { captures: seen, findings: ids, events, reminded: await readReminded(server, events, faults), faults };
}

/** Every finding that was told has its incident, and every incident its finding. */
async function readReminded(
  server: ServerProcess,
  events: ReadonlyMap<string, readonly number[]>,
  faults: string[],
): Promise<Set<string>> {
  const { incidents: all } = await server.ask('/api/incidents?state=all', incidents);
  const answered = new Set(all.map(({ finding }) => finding));
  for (const key of events.keys()) {
    const [finding = '', kind] = key.split(' ');
    if (kind === 'opened' && !answered.has(finding)) faults.push(`the finding ${finding} has no incident`);
  }
  const reminded = new Set<string>();
  for (const { id, finding } of all) {
    if (finding === null || !events.has(`${finding} opened`)) faults.push(`the incident ${id} has no finding`);
    for (const event of (await server.ask(`/api/incidents/${id}`, incidentDetail)).events) {
      if (event.kind !== 'reminded' || event.says.startsWith('reminder to :')) continue;
      if (reminded.has(event.id)) faults.push(`the reminder ${event.id} is there twice`);
      reminded.add(event.id);
    }
  }
  return reminded;
}

/** What was acknowledged and is not there. */
export function lost(acknowledged: Acknowledged, stored: Stored): string[] {
  const gone: string[] = [...stored.faults];
  for (const id of acknowledged.captures) if (!stored.captures.has(id)) gone.push(`capture ${id}`);
  for (const id of acknowledged.findings) if (!stored.findings.has(id)) gone.push(`finding ${id}`);
  for (const [event, times] of acknowledged.events)
    if ((stored.events.get(event)?.length ?? 0) < times) gone.push(`event ${event}`);
  return gone;
}

const message = z.object({
  id: z.string(),
  alerts: z.array(z.object({ event: z.string(), kind: z.string(), finding: z.string() })).default([]),
  /** Of the response clock. */
  reminders: z.array(z.object({ id: z.string() })).default([]),
});

export interface Received {
  readonly requests: number;
  readonly messages: number;
  /** Requests with an id that had come before. */
  readonly again: number;
  readonly events: number;
  readonly reminders: number;
  /** Of the response clock. */
  readonly owed: number;
  readonly faults: readonly string[];
}

/**
 * The receiver's log against the store: each event in exactly one message, and each message the same every time. `due`: the
 * reminders that had their time to be sent.
 */
export function checkReceived(file: string, stored: Stored, due = stored.reminded): Received {
  const faults: string[] = [];
  const bodies = new Map<string, string>();
  const heard = new Map<string, string>();
  let again = 0;
  let reminders = 0;
  const owed = new Set<string>();
  const log = readLog(file);
  for (const { key, body } of log) {
    const { id, alerts, reminders: clocks } = message.parse(JSON.parse(body));
    if (id !== key) faults.push(`the header says ${key}, the body ${id}`);
    const before = bodies.get(id);
    if (before !== undefined) {
      again++;
      if (before !== body) faults.push(`message ${id} came with two bodies`);
      continue;
    }
    bodies.set(id, body);
    for (const clock of clocks) {
      if (owed.has(clock.id)) faults.push(`the reminder ${clock.id} came in two messages`);
      if (!stored.reminded.has(clock.id)) faults.push(`the reminder ${clock.id} is not in the store`);
      owed.add(clock.id);
    }
    for (const { event, kind, finding } of alerts) {
      if (heard.has(event)) faults.push(`event ${event} came in two messages`);
      heard.set(event, id);
      if (kind === 'reminder') reminders++;
      else if (!stored.events.has(`${finding} ${kind}`)) faults.push(`event ${event} is not in the store`);
    }
  }
  for (const id of due) if (!owed.has(id)) faults.push(`the reminder ${id} was told to nobody`);
  let events = 0;
  for (const [key, times] of stored.events) {
    const [finding = '', kind = ''] = key.split(' ');
    if (!['opened', 'worsened', 'regressed', 'resolved'].includes(kind)) continue;
    for (const at of times) {
      events++;
      const start = `${finding}-${kind}-${at.toString(36)}-`;
      if (![...heard.keys()].some((event) => event.startsWith(start))) faults.push(`event ${start} was told to nobody`);
    }
  }
  return { requests: log.length, messages: bodies.size, again, events, reminders, owed: owed.size, faults };
}
