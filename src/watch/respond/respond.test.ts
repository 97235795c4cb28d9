/** Incidents from the life of findings, and reminders that no crash loses or doubles. */
import { describe, expect, test } from 'vitest';
import type { ResponseEvent } from '../../guard/respond/model.ts';
import { DAY, HOUR, MINUTE, matrixOf, rowOf } from '../../guard/respond/testing.ts';
import type { AlertPlan } from '../alerts/alerts.ts';
import { Outbox } from '../alerts/outbox.ts';
import { planReminders } from '../alerts/remind.ts';
import { receiverOf } from '../alerts/testing.ts';
import { random as randomOf } from '../analyse/simulate.ts';
import { DEFAULT_ALERTS, defaultRespond } from '../config/defaults.ts';
import { NOON, sampleFinding } from '../history/sample.testing.ts';
import type { Batch } from '../history/store.ts';
import type { Delivery, FindingEvent, FindingRecord, Silence } from '../model.ts';
import { VirtualClock } from '../virtual-clock.testing.ts';
import { ResponseBook } from './book.ts';
import { incidentOf } from './life.ts';
import { Respond } from './respond.ts';
import type { RespondSettings } from './settings.ts';

const ID = '00000000000000f1';
const RECORD = sampleFinding(ID, {
  memory: { told: { verdict: 'confirmed', severity: 'high', perHour: 0 }, sightings: [] },
  finding: {
    ...sampleFinding(ID).finding,
    evidence: [{ leg: 'heap', says: 'it grows', numbers: [], captures: [] }],
  },
});
const INCIDENT = incidentOf(RECORD);
const SETTINGS: RespondSettings = {
  ...defaultRespond(),
  matrix: matrixOf([
    rowOf({ acknowledgeMs: HOUR, dueMs: 4 * HOUR, artefact: 'note', proof: 'said' }),
    rowOf({ role: 'operations', dueMs: DAY, artefact: 'note', proof: 'measured' }),
  ]),
};

function eventOf(kind: FindingEvent['kind'], at: number): FindingEvent {
  return { id: `${ID}-${kind}-${at}`, finding: ID, at, kind, says: `${kind}.` };
}

/** Lives one event after the other, and says what came of each: kinds, with the state of the incident behind them. */
function lived(
  steps: readonly (readonly [FindingEvent['kind'], Partial<FindingRecord>?])[],
  settings = SETTINGS,
): string[] {
  const book = new ResponseBook([], settings);
  return steps.map(([kind, over = {}], i) => {
    const at = NOON + i * MINUTE;
    const events = book.lived({ findings: [{ ...RECORD, ...over }], events: [eventOf(kind, at)] });
    book.stored(events);
    const state = book.incident(INCIDENT, at);
    const round = state === null ? 'none' : `${state.state} ${state.round} ${state.finding.severity}`;
    return `${kind}: ${events.map((one) => one.kind).join(' ') || '-'} (${round})`;
  });
}

describe('from the life of a finding', () => {
  test('it opens, gets worse, is measured flat and comes back', () => {
    expect(
      lived([
        ['opened', { severity: 'medium' }],
        ['worsened', { severity: 'high' }],
        ['worsened', { severity: 'critical' }],
        ['worsened', { severity: 'critical' }],
        ['acknowledged', { severity: 'critical' }],
        ['resolved', { severity: 'critical', state: 'resolved' }],
        ['regressed', { severity: 'critical', state: 'regressed' }],
        ['resolved', { severity: 'critical', state: 'resolved' }],
      ]),
    ).toEqual([
      'opened: - (none)',
      'worsened: found (open 1 high)',
      'worsened: found (open 1 critical)',
      'worsened: - (open 1 critical)',
      'acknowledged: - (open 1 critical)',
      // Development owes a note: it is flat, and not closed.
      'resolved: measured (open 1 critical)',
      'regressed: measured (open 1 critical)',
      'resolved: measured (open 1 critical)',
    ]);
  });

  test('it is closed by the measurement where only that is owed, and opened again when it is there again', () => {
    const matrix = matrixOf([rowOf({ proof: 'measured', artefact: 'note' })]);
    expect(
      lived(
        [
          ['opened'],
          ['resolved', { state: 'resolved' }],
          ['regressed', { state: 'regressed' }],
          ['resolved', { state: 'resolved' }],
          ['regressed', { state: 'regressed', severity: 'low' }],
        ],
        { ...SETTINGS, matrix },
      ),
    ).toEqual([
      'opened: found (open 1 high)',
      'resolved: measured closed (closed 1 high)',
      'regressed: found reopened (open 2 high)',
      'resolved: measured closed (closed 2 high)',
      'regressed: - (closed 2 high)',
    ]);
  });

  test('what is suspected or off starts nothing', () => {
    expect(lived([['opened', { verdict: 'suspected' }]])).toEqual(['opened: - (none)']);
    expect(lived([['opened']], { ...SETTINGS, enabled: false })).toEqual(['opened: - (none)']);
  });

  test('a replay makes the same, and nothing twice', () => {
    const change = { findings: [RECORD], events: [eventOf('opened', NOON)] };
    const [first, second] = [new ResponseBook([], SETTINGS), new ResponseBook([], SETTINGS)];
    const events = first.lived(change);
    expect(second.lived(change)).toEqual(events);
    expect(first.lived(change)).toEqual([]);
    expect(new ResponseBook(events, SETTINGS).lived(change)).toEqual([]);
  });

  test('one that a person closed stays closed until it is worse, or measured flat and there again', () => {
    const book = new ResponseBook([], SETTINGS);
    const step = (kind: FindingEvent['kind'], minute: number, over: Partial<FindingRecord> = {}) =>
      book
        .lived({ findings: [{ ...RECORD, ...over }], events: [eventOf(kind, NOON + minute * MINUTE)] })
        .map((one) => one.kind);
    step('opened', 0);
    expect(book.say(INCIDENT, { kind: 'closed', says: 'known' }, 'ada', NOON + MINUTE)).toHaveLength(1);
    expect(book.say(INCIDENT, { kind: 'acknowledged', role: 'security', note: '' }, 'ada', NOON + MINUTE)).toBeNull();
    expect(step('worsened', 2)).toEqual([]);
    expect(book.reconcile([RECORD], NOON + 3 * MINUTE)).toEqual([]);
    expect(step('worsened', 4, { severity: 'critical' })).toEqual(['found', 'reopened']);
  });

  test('an acknowledgement of the finding is that of development', () => {
    const book = new ResponseBook([], SETTINGS);
    expect(book.acknowledged(RECORD, 'ada', '', NOON)).toEqual([]);
    book.stored(book.lived({ findings: [RECORD], events: [eventOf('opened', NOON)] }));
    book.stored(book.acknowledged(RECORD, 'ada', 'mine', NOON + MINUTE));
    expect(book.incident(INCIDENT, NOON + 2 * MINUTE)?.clocks).toContainEqual(
      expect.objectContaining({ role: 'development', clock: 'acknowledge', state: 'met', usedMs: MINUTE }),
    );
  });

  test('what was stored without its incident gets one at the start, with clocks from then on', () => {
    const missingOf = (events: readonly ResponseEvent[], record: FindingRecord): string =>
      new ResponseBook(events, SETTINGS)
        .reconcile([record], NOON + DAY)
        .map(({ kind, at }) => `${kind} ${(at - NOON) / DAY}`)
        .join(', ');
    const resolved = { ...RECORD, state: 'resolved', resolvedAt: NOON, resolvedBy: 'Flat.' } as const;
    const mine = { ...RECORD, state: 'acknowledged', acknowledged: { by: 'ada', note: '', at: NOON } } as const;
    expect(missingOf([], RECORD)).toBe('found 1');
    expect(missingOf([], mine)).toBe('found 1, acknowledged 1');
    expect(missingOf([], resolved)).toBe('');
    expect(missingOf([], { ...RECORD, memory: { told: null, sightings: [] } }), 'nobody was told of it').toBe('');
    const book = new ResponseBook([], SETTINGS);
    const opened = book.lived({ findings: [RECORD], events: [eventOf('opened', NOON)] });
    expect(missingOf(opened, RECORD)).toBe('');
    expect(missingOf(opened, resolved)).toBe('measured 1');
    const flat = [...opened, ...book.lived({ findings: [resolved], events: [eventOf('resolved', NOON + 1)] })];
    expect(missingOf(flat, resolved)).toBe('');
    expect(missingOf(flat, RECORD)).toBe('measured 1');
  });

  test('history that drops a closed incident takes it out of memory, and only that', () => {
    const book = new ResponseBook([], SETTINGS);
    const other = { ...RECORD, fingerprint: '00000000000000e1' };
    for (const record of [RECORD, other])
      book.stored(book.lived({ findings: [record], events: [eventOf('opened', NOON)] }));
    book.stored(book.say(INCIDENT, { kind: 'closed', says: 'known' }, 'ada', NOON + MINUTE) ?? []);
    book.forget(NOON + MINUTE);
    expect(book.advanced(NOON + DAY).incidents).toHaveLength(2);
    book.forget(NOON + HOUR);
    expect(book.advanced(NOON + DAY).incidents.map(({ id }) => id)).toEqual([incidentOf(other)]);
  });
});

/** What is durable, whatever process is there. */
class Disk {
  responses: ResponseEvent[] = [];
  deliveries = new Map<string, Delivery>();
  findings: FindingRecord[] = [];
  silences: Silence[] = [];
  /** What a receiver was sent: the same id with the same body may come twice, over a crash. */
  readonly received: { readonly id: string; readonly at: number; readonly body: string }[] = [];

  write({ responses = [], deliveries = [] }: Pick<Batch, 'responses' | 'deliveries'>): void {
    for (const event of responses) if (!this.responses.some(({ id }) => id === event.id)) this.responses.push(event);
    for (const one of deliveries) {
      if (this.deliveries.get(one.id)?.state !== 'delivered') this.deliveries.set(one.id, one);
    }
  }
}

class Crash extends Error {}

/** A server over a disk: the engine, its timer and a sender. `dies` is asked before and after every write and every sending. */
class Process {
  readonly respond: Respond;
  #alive = true;
  readonly #disk: Disk;
  readonly #clock: VirtualClock;
  readonly #outbox: Outbox;
  readonly #dies: () => boolean;

  constructor(disk: Disk, clock: VirtualClock, settings: RespondSettings, dies: () => boolean) {
    this.#disk = disk;
    this.#clock = clock;
    this.#dies = dies;
    const past = [...disk.deliveries.values()];
    this.#outbox = new Outbox(
      past,
      past.filter(({ state }) => state === 'pending'),
    );
    const config = { ...DEFAULT_ALERTS, receivers: [receiverOf('http://hook', { name: 'hook' })] };
    const adding: ResponseEvent[] = [];
    const commit = async (batch: Pick<Batch, 'responses' | 'deliveries'>): Promise<void> => this.#write(batch);
    this.respond = new Respond({
      ...{ events: [...disk.responses], settings, clock, commit },
      now: () => clock.wall(),
      alertsConfig: () => config,
      findings: () => disk.findings,
      silences: () => disk.silences,
      sourceOf: () => null,
      add: ({ responses = [] }) => {
        adding.push(...responses);
      },
      flush: async () => {
        const responses = adding.splice(0);
        this.#write({ responses });
        this.respond.stored(responses);
      },
      tell: () => {},
      problem: () => {},
    });
    this.respond.start({
      remind: (reminders): AlertPlan => {
        const due = (receiver: string) => this.#outbox.due(receiver);
        const drafts = planReminders({ config, reminders, due, now: clock.wall() });
        this.#outbox.begin(drafts);
        return {
          deliveries: drafts.map(({ delivery }) => delivery),
          committed: () => this.#outbox.committed(drafts),
          abandoned: () => this.#outbox.abandoned(drafts),
        };
      },
    });
  }

  /** Sends what is due, as the desk of alerts does. */
  send(): void {
    for (;;) {
      if (!this.#alive) throw new Crash();
      const [head] = this.#outbox.heads('hook');
      if (head === undefined || head.dueAt > this.#clock.wall()) return;
      const answered = this.respond.answered(head);
      if (answered !== null) {
        this.#settle({ ...head, state: 'dropped', lastError: answered }, []);
        continue;
      }
      if (this.#dies()) this.#die();
      this.#disk.received.push({ id: head.id, at: this.#clock.wall(), body: head.body });
      this.#settle({ ...head, state: 'delivered', deliveredAt: this.#clock.wall() }, this.respond.told(head));
    }
  }

  async end(): Promise<void> {
    this.#alive = false;
    await this.respond.close();
  }

  #settle(delivery: Delivery, responses: readonly ResponseEvent[]): void {
    this.#outbox.settle(delivery);
    this.#write({ deliveries: [delivery], responses });
    this.respond.stored(responses);
  }

  #write(batch: Pick<Batch, 'responses' | 'deliveries'>): void {
    if (!this.#alive || this.#dies()) this.#die();
    this.#disk.write(batch);
    if (this.#dies()) this.#die();
  }

  #die(): never {
    this.#alive = false;
    throw new Crash();
  }

  get alive(): boolean {
    return this.#alive;
  }
}

const TOLD: RespondSettings = { ...SETTINGS, receivers: { development: ['hook'], operations: ['hook'], security: [] } };

/** Lets time go by in small steps; what dies is started again at once. */
async function live(disk: Disk, clock: VirtualClock, ms: number, dies: () => boolean = () => false): Promise<number> {
  let crashes = 0;
  let server = new Process(disk, clock, TOLD, dies);
  for (const end = clock.wall() + ms; clock.wall() < end; ) {
    await clock.advance(MINUTE);
    try {
      server.send();
    } catch (error) {
      if (!(error instanceof Crash)) throw error;
    }
    if (server.alive) continue;
    crashes++;
    await server.end();
    server = new Process(disk, clock, TOLD, dies);
  }
  await server.end();
  return crashes;
}

function openedDisk(clock: VirtualClock, count = 1): Disk {
  const disk = new Disk();
  for (let i = 0; i < count; i++) {
    const record = { ...RECORD, id: `${i}`.padStart(16, 'f'), fingerprint: `${i}`.padStart(16, '0') };
    disk.findings.push(record);
    const book = new ResponseBook([], TOLD);
    const event = { ...eventOf('opened', clock.wall()), finding: record.id };
    disk.write({ responses: book.lived({ findings: [record], events: [event] }) });
  }
  return disk;
}

/** `development acknowledge 0` of each reminder that was taken, with the minute. */
function takenOf(disk: Disk): string[] {
  const ids = new Map(
    disk.responses.flatMap((event) => (event.kind === 'reminded' ? [[event.id, event] as const] : [])),
  );
  const began = disk.responses[0]?.at ?? 0;
  return disk.responses.flatMap((event) => {
    if (event.kind !== 'told') return [];
    const reminder = ids.get(event.reminder);
    return reminder === undefined
      ? ['told of nothing']
      : [`${reminder.role} ${reminder.clock} ${reminder.step} at ${Math.round((event.at - began) / MINUTE)}`];
  });
}

describe('reminders', () => {
  test('come at their shares of the time, once each, with what is owed', async () => {
    const clock = new VirtualClock(NOON);
    const disk = openedDisk(clock);
    await live(disk, clock, 25 * HOUR);
    expect(takenOf(disk)).toEqual([
      'development acknowledge 0 at 30',
      'development acknowledge 1 at 60',
      'development resolve 0 at 120',
      'development resolve 1 at 240',
      'operations resolve 0 at 720',
      'operations resolve 1 at 1440',
    ]);
    expect(disk.received[0]?.body).toContain('development owes an acknowledgement, 30 min of 1 h left');
  });

  test('are neither lost nor doubled, whenever the server dies', async () => {
    const random = randomOf(7);
    let crashes = 0;
    for (let round = 0; round < 5; round++) {
      const clock = new VirtualClock(NOON);
      const disk = openedDisk(clock, 3);
      crashes += await live(disk, clock, 26 * HOUR, () => random() < 0.2);
      const reminders = disk.responses.flatMap((event) => (event.kind === 'reminded' ? [event] : []));
      expect(new Set(reminders.map(({ id }) => id)).size).toBe(reminders.length);
      // Three findings, six steps each: every one is planned, and in exactly one message.
      expect(reminders).toHaveLength(18);
      const deliveries = [...disk.deliveries.values()];
      const told = deliveries.flatMap(({ events }) => events);
      expect([...told].sort()).toEqual(reminders.map(({ id }) => id).sort());
      expect(deliveries.filter(({ state }) => state === 'pending')).toEqual([]);
      // What came twice came with the same id and the same body.
      const bodies = new Map<string, string>();
      for (const { id, body } of disk.received) expect(bodies.set(id, bodies.get(id) ?? body).get(id)).toBe(body);
      expect([...bodies.keys()].sort()).toEqual(deliveries.map(({ id }) => id).sort());
    }
    expect(crashes).toBeGreaterThan(20);
  });

  test('of what was answered before they were sent are not sent', async () => {
    const clock = new VirtualClock(NOON);
    const disk = openedDisk(clock);
    const server = new Process(disk, clock, TOLD, () => false);
    await clock.advance(0);
    await clock.advance(31 * MINUTE);
    expect([...disk.deliveries.values()].map(({ state }) => state)).toEqual(['pending']);
    await server.respond.say(
      server.respond.incidents()[0]?.id ?? '',
      { kind: 'acknowledged', role: 'development', note: '' },
      'ada',
    );
    server.send();
    expect(disk.received).toEqual([]);
    expect([...disk.deliveries.values()].map(({ state }) => state)).toEqual(['dropped']);
    await server.end();
  });

  test('of a silenced finding wait until the silence is over, and then say that they are late', async () => {
    const clock = new VirtualClock(NOON);
    const disk = openedDisk(clock);
    const { environment, service, fingerprint } = RECORD;
    disk.silences.push({
      ...{ environment, service, fingerprint: '' },
      id: 's',
      until: NOON + 90 * MINUTE,
      by: 'ada',
      why: '',
    });
    expect(fingerprint).not.toBe('');
    await live(disk, clock, 2 * HOUR + 5 * MINUTE);
    // The clocks went on: of the first only the last step is told.
    expect(takenOf(disk)).toEqual(['development acknowledge 1 at 90', 'development resolve 0 at 120']);
    expect(disk.received[0]?.body).toContain('late');
  });

  test('of many at one time are one message', async () => {
    const clock = new VirtualClock(NOON);
    const disk = openedDisk(clock, 30);
    await live(disk, clock, 35 * MINUTE);
    expect(disk.received).toHaveLength(1);
    expect(takenOf(disk)).toHaveLength(30);
  });
});
