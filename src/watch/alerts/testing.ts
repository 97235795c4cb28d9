/** Receivers, records and a store for tests of alerts. */
import http from 'node:http';
import type { AlertsConfig, Receiver } from '../config/config.ts';
import { eventId, findingId } from '../life/identity.ts';
import { findingOf, type Shown } from '../life/testing.ts';
import type { Delivery, FindingEvent, FindingRecord } from '../model.ts';
import type { AlertSurroundings } from './alerts.ts';

export interface Got {
  readonly path: string;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
}

export interface TestReceiver {
  readonly url: string;
  readonly got: readonly Got[];
  close(): Promise<void>;
}

/** A real server on loopback. `answer` gets the number of requests before, and gives a status, headers, or no answer. */
export async function startReceiver(
  answer: (before: number, got: Got) => { status: number; headers?: Record<string, string> } | 'hang' | 'cut' = () => ({
    status: 200,
  }),
): Promise<TestReceiver> {
  const got: Got[] = [];
  const server = http.createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const one = { path: request.url ?? '', headers: request.headers, body: Buffer.concat(chunks).toString('utf8') };
      const reply = answer(got.length, one);
      got.push(one);
      if (reply === 'hang') return;
      if (reply === 'cut') return void request.socket.destroy();
      response.writeHead(reply.status, reply.headers).end('ok');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the receiver has no port');
  return {
    url: `http://127.0.0.1:${address.port}`,
    got,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export function receiverOf(url: string, changes: Partial<Receiver> = {}): Receiver {
  return {
    name: 'ops',
    kind: 'webhook',
    url,
    http: { headers: [], insecure: false, timeoutMs: 30_000 },
    minSeverity: 'low',
    minVerdict: 'confirmed',
    environments: [],
    services: [],
    ...changes,
  };
}

export function alertsOf(receivers: readonly Receiver[], changes: Partial<AlertsConfig> = {}): AlertsConfig {
  return {
    receivers,
    groupWaitMs: 30_000,
    repeatMs: 0,
    perHour: 100,
    pageUrl: 'https://leaks.example',
    silences: [],
    ...changes,
  };
}

export function recordOf(
  service: string,
  changes: Partial<FindingRecord> = {},
  shown: Partial<Shown> = {},
): FindingRecord {
  const finding = findingOf('a', { verdict: 'confirmed', rate: 100, ...shown });
  const { verdict, severity } = finding;
  return {
    id: findingId('prod', service, finding.fingerprint),
    environment: 'prod',
    service,
    fingerprint: finding.fingerprint,
    rule: finding.rule,
    state: 'open',
    verdict,
    severity,
    finding,
    window: '1h',
    from: 0,
    to: 3_600_000,
    base: null,
    head: null,
    instances: ['aaaaaaaaaaaaaaaa'],
    firstSeen: 1_700_000_000_000,
    firstBuild: 'v1',
    lastMeasured: 1_700_000_000_000,
    lastSeen: 1_700_000_000_000,
    lastBuild: 'v2',
    resolvedAt: null,
    resolvedBy: null,
    acknowledged: null,
    silencedUntil: null,
    memory: { told: { verdict, severity, perHour: 100 * 1024 * 1024 }, sightings: [] },
    ...changes,
  };
}

export function eventOf(record: FindingRecord, kind: FindingEvent['kind'], at: number): FindingEvent {
  return {
    id: eventId(record.id, kind, at, 'aaaaaaaaaaaaaaaa'),
    finding: record.id,
    at,
    kind,
    says: `${kind}: it did.`,
  };
}

/** A store in memory whose commits can be made to fail, and a clock that stands until it is set. */
export class TestSurroundings implements AlertSurroundings {
  readonly rows = new Map<string, Delivery>();
  readonly records = new Map<string, FindingRecord>();
  readonly logged: string[] = [];
  quiet: AlertSurroundings['silences'] = () => [];
  clock = 1_700_000_000_000;
  full = false;

  readonly store: AlertSurroundings['store'] = {
    commit: async ({ deliveries }) => {
      if (this.full) throw new Error('the disk is full');
      for (const row of deliveries) this.rows.set(row.id, row);
    },
    pendingDeliveries: async () => [...this.rows.values()].filter((row) => row.state === 'pending'),
    deliveries: async (limit) => [...this.rows.values()].sort((a, b) => b.createdAt - a.createdAt).slice(0, limit),
  };
  readonly log: AlertSurroundings['log'] = {
    info: (fields, says) => void this.logged.push(`${says} ${JSON.stringify(fields)}`),
    warn: (fields, says) => void this.logged.push(`${says} ${JSON.stringify(fields)}`),
  };

  now = (): number => this.clock;
  findings = (): Iterable<FindingRecord> => this.records.values();
  silences = (): ReturnType<AlertSurroundings['silences']> => this.quiet();
}
