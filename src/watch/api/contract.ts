/**
 * What the HTTP API answers, as schemas: they check what is sent, make the OpenAPI document, and give the page its types
 * (`import type` only: the page does not carry the checker). Times are ms since the epoch, sizes bytes. A column may hold
 * null where nothing was measured.
 */
import { z } from 'zod';

const ms = z.number();
const column = z.array(z.number().nullable());
const severity = z.enum(['critical', 'high', 'medium', 'low', 'info']);
const verdict = z.enum(['proven', 'confirmed', 'suspected', 'cleared']);
const state = z.enum(['open', 'acknowledged', 'resolved', 'regressed']);
/** `whole`: all of the evidence of a report; the server does not say that. */
const windowName = z.enum(['1h', '6h', '24h', '7d', 'whole']);

export const where = z.object({ function: z.string(), file: z.string(), line: z.int() });

/** A plot's worth of numbers. */
export const series = z.object({
  name: z.string(),
  unit: z.string(),
  at: z.array(ms),
  value: column,
});

const quantity = z.object({
  name: z.string(),
  value: z.number(),
  unit: z.string(),
  low: z.number().optional(),
  high: z.number().optional(),
});

/** The finding model as docs/schema/diagnosis.schema.json has it, with its life around it. */
export const finding = z.object({
  id: z.string(),
  rule: z.string(),
  verdict,
  severity,
  state,
  title: z.string(),
  where,
  environment: z.string(),
  service: z.string(),
  subject: z.object({ service: z.string(), instance: z.string() }),
  count: z.number().nullable(),
  growth: z
    .object({
      perHour: z.number(),
      low: z.number(),
      high: z.number(),
      pValue: z.number().nullable(),
      timeToLimit: z.number().nullable(),
      limit: z.object({ bytes: z.number(), source: z.string() }).nullable(),
    })
    .nullable(),
  holds: z.object({ bytes: z.number(), objects: z.number() }).nullable(),
  chain: z.array(
    z.object({ kind: z.string(), text: z.string(), where: where.optional(), bytes: z.number().optional() }),
  ),
  evidence: z.array(z.object({ leg: z.string(), says: z.string(), numbers: z.array(quantity) })),
  fix: z.object({ text: z.string() }),
  fingerprint: z.string(),
  window: windowName,
  from: ms,
  to: ms,
  base: z.string().nullable(),
  head: z.string().nullable(),
  instances: z.array(z.object({ id: z.string(), instance: z.string() })),
  firstSeen: ms,
  firstBuild: z.string().nullable(),
  lastSeen: ms,
  lastMeasured: ms,
  lastBuild: z.string().nullable(),
  resolvedAt: ms.nullable(),
  resolvedBy: z.string().nullable(),
  acknowledged: z.object({ by: z.string(), note: z.string(), at: ms }).nullable(),
  silencedUntil: ms.nullable(),
});

/** GET /api/findings */
export const findings = z.object({ schema: z.literal('hemostat/findings@1'), findings: z.array(finding) });

const role = z.enum(['development', 'operations', 'security']);
const artefactKind = z.enum(['fix-with-test', 'rollback-plan', 'detection-rule', 'note']);

/** One clock of one role: who owes what by when. Times that were used and are allowed count without pauses and closed hours. */
export const responseClock = z.object({
  role,
  clock: z.enum(['acknowledge', 'resolve']),
  /** `an acknowledgement`, `a fix with a test`, … */
  owes: z.string(),
  artefact: artefactKind.nullable(),
  proof: z.enum(['measured', 'checked', 'said']),
  state: z.enum(['running', 'paused', 'met', 'breached', 'met-late', 'dropped']),
  startedAt: ms,
  allowedMs: ms,
  usedMs: ms,
  /** When it breaches as things stand; null while it stands still or has stopped. */
  dueAt: ms.nullable(),
  breachedAt: ms.nullable(),
  stoppedAt: ms.nullable(),
});

export const incident = z.object({
  id: z.string(),
  /** Of the finding; null where history has it no more. */
  finding: z.string().nullable(),
  environment: z.string(),
  service: z.string(),
  rule: z.string(),
  severity,
  verdict,
  title: z.string(),
  state: z.enum(['open', 'closed']),
  /** The worst of its clocks: over its time, nearly, on its way, standing still, nothing owed. Null for a closed one. */
  urgency: z.enum(['breached', 'soon', 'running', 'paused', 'answered']).nullable(),
  /** When the next of its clocks breaches, or the first that did; null: none. */
  dueAt: ms.nullable(),
  round: z.int(),
  foundAt: ms,
  roundAt: ms,
  closedAt: ms.nullable(),
  clocks: z.array(responseClock),
  /** The last measurement of this round. */
  measured: z.object({ at: ms, flat: z.boolean(), says: z.string() }).nullable(),
  /** Until when nobody is reminded, because the finding is silenced. */
  silencedUntil: ms.nullable(),
});

const incidentCounts = z.object({ open: z.int(), breached: z.int(), soon: z.int(), closed: z.int() });

/** GET /api/incidents/counts: for the number beside the link. */
export const incidentCountsAnswer = incidentCounts.extend({ enabled: z.boolean() });

/** GET /api/incidents?state=open|closed|all&role&breached=1: what breaches first comes first; counts are of all. */
export const incidents = z.object({
  schema: z.literal('hemostat/incidents@1'),
  now: ms,
  enabled: z.boolean(),
  /** What starts an incident. */
  limit: z.object({ severity, verdict: z.enum(['proven', 'confirmed', 'suspected']) }),
  /** Who is reminded, by role. */
  receivers: z.object({
    development: z.array(z.string()),
    operations: z.array(z.string()),
    security: z.array(z.string()),
  }),
  counts: incidentCounts,
  incidents: z.array(incident),
});

/** GET /api/incidents/:id, and what every change of one answers. */
export const incidentDetail = z.object({
  now: ms,
  incident,
  fix: z.string(),
  /** What is still to be done before it can be closed as answered, one part of a sentence each. */
  missing: z.array(z.string()),
  /** A pause may last for so long in all; null: without limit. */
  longestPauseMs: ms.nullable(),
  artefacts: z.array(
    z.object({
      id: z.string(),
      kind: artefactKind,
      reference: z.string(),
      note: z.string(),
      role,
      by: z.string(),
      at: ms,
      /** It waits for its check, or is being checked. */
      checking: z.boolean(),
      check: z.object({ at: ms, passed: z.boolean(), says: z.string() }).nullable(),
    }),
  ),
  events: z.array(z.object({ id: z.string(), at: ms, by: z.string(), kind: z.string(), says: z.string() })),
});

const quantiles = z.object({
  measure: z.enum(['acknowledge', 'mitigate', 'resolve']),
  n: z.int(),
  open: z.int(),
  median: ms.nullable(),
  p90: ms.nullable(),
  breaches: z.int(),
});
const reportGroup = z.object({ name: z.string(), rounds: z.int(), times: z.array(quantiles) });

/** GET /api/response-report?since: how long answers took. Null where too few are done to say. */
export const responseReport = z.object({
  schema: z.literal('hemostat/response-report@1'),
  at: z.string(),
  since: z.string().nullable(),
  incidents: z.int(),
  rounds: z.int(),
  open: z.int(),
  all: reportGroup,
  kinds: z.array(reportGroup),
  roles: z.array(reportGroup),
  notes: z.array(z.string()),
});

/**
 * Bodies of POST /api/incidents/:id/acknowledge, /attach, /pause, /resume, /close, /check. All answer with the incident as it
 * is then.
 */
const byWhom = z.string().min(1).max(200);
const sentence = z.string().max(2000);
export const incidentAcknowledgeBody = z.strictObject({ by: byWhom, role, note: sentence.default('') });
export const attachBody = z.strictObject({
  by: byWhom,
  role,
  kind: artefactKind,
  /** A commit's hash; the name of a plan or rule in the server's directory of them; an address or a few words. */
  reference: z.string().trim().min(1).max(1000),
  note: sentence.default(''),
});
/** Without a role: all clocks. */
export const pauseBody = z.strictObject({
  by: byWhom,
  role: role.nullable().default(null),
  why: sentence.trim().min(1, 'say what is waited for'),
});
export const resumeBody = z.strictObject({ by: byWhom, role: role.nullable().default(null) });
/** A reason is needed while something is owed. */
export const closeBody = z.strictObject({ by: byWhom, reason: sentence.default('') });
export const checkBody = z.strictObject({ role: role.nullable().default(null) });

/** GET /api/findings/:id */
export const findingDetail = z.object({
  finding,
  events: z.array(z.object({ at: ms, kind: z.string(), says: z.string() })),
  /** One small plot per leg of evidence that has numbers over time. */
  plots: z.array(z.object({ leg: z.string(), series })),
  /** The lines around the place, where `source` is configured and the file is there. */
  source: z.object({ file: z.string(), firstLine: z.int(), lines: z.array(z.string()), line: z.int() }).nullable(),
  /** Who owes what by when for it; null: no incident was started. */
  incident: incident.nullable(),
});

export const problem = z.object({ about: z.string(), since: ms, says: z.string() });

/** GET /api/fleet */
export const fleet = z.object({
  now: ms,
  services: z.array(
    z.object({
      environment: z.string(),
      service: z.string(),
      /** Of the worst open finding; null without one. */
      severity: severity.nullable(),
      verdict: verdict.nullable(),
      /** The sentence of the worst open finding. */
      title: z.string().nullable(),
      findingId: z.string().nullable(),
      openFindings: z.int(),
      instances: z.object({ total: z.int(), up: z.int() }),
      /** Bytes; sum over the instances, last 24 h (or as much as there is), at most 60 points. */
      liveHeap: series,
      rss: z.number().nullable(),
      goroutines: z.number().nullable(),
      /** Bytes per hour of the worst open finding. */
      perHour: z.number().nullable(),
      /** Seconds; the shortest of all open findings. */
      timeToLimit: z.number().nullable(),
      lastCapture: ms.nullable(),
      problems: z.array(z.string()),
    }),
  ),
  problems: z.array(problem),
});

/** One term of the RSS ledger over time; the terms stack up to RSS. Same names as the ledger of `diagnose`. */
export const ledger = z.object({
  at: z.array(ms),
  terms: z.array(z.object({ name: z.string(), how: z.string(), value: column })),
  rss: column,
});

export const mark = z.object({
  kind: z.enum(['deploy', 'restart']),
  at: ms,
  build: z.string().nullable(),
  goVersion: z.string().nullable(),
  instance: z.string(),
  says: z.string(),
});

export const captureInfo = z.object({
  id: z.string(),
  target: z.string(),
  instance: z.string(),
  at: ms,
  reason: z.enum(['schedule', 'signal', 'opened']),
  build: z.string().nullable(),
  name: z.string().nullable(),
  parts: z.array(
    z.object({
      kind: z.string(),
      bytes: z.number(),
      ms: z.number(),
      /** The bytes are still there and can be shown. */
      kept: z.boolean(),
      error: z.string().nullable(),
    }),
  ),
});

/**
 * GET /api/services/:environment/:service?from&to&instance. `-` stands for an environment or service without a name;
 * `instance` is the id of a target.
 */
export const service = z.object({
  environment: z.string(),
  service: z.string(),
  from: ms,
  to: ms,
  instances: z.array(
    z.object({
      id: z.string(),
      instance: z.string(),
      url: z.string(),
      build: z.string().nullable(),
      goVersion: z.string().nullable(),
      up: z.boolean(),
      lastCapture: ms.nullable(),
      problem: z.string().nullable(),
    }),
  ),
  /** The one whose series these are; the worst where none was asked for. */
  instance: z.string(),
  ledger,
  /** live-heap (bytes), gc-pause (ns), gc-rate (1/s), goroutines (count), load (1/s or as it reads), rss, limit. */
  series: z.array(series),
  marks: z.array(mark),
  findings: z.array(finding),
  captures: z.array(captureInfo),
});

/**
 * GET /api/flame?head=CAPTURE&type=inuse_space[&base=CAPTURE][&part=heap|goroutine|…]: the call tree as columns. Row 0 is
 * the root. Parents come before their children.
 */
export const flame = z.object({
  title: z.string(),
  unit: z.string(),
  sampleType: z.string(),
  sampleTypes: z.array(z.object({ type: z.string(), unit: z.string() })),
  head: z.string(),
  base: z.string().nullable(),
  strings: z.array(z.string()),
  /** Index of the parent row; -1 for row 0. */
  parent: z.array(z.int()),
  /** Index into strings: function, file. */
  function: z.array(z.int()),
  file: z.array(z.int()),
  line: z.array(z.int()),
  /** 1: inlined into its parent. */
  inlined: z.array(z.int()),
  /** Values of the row and all below it, in head and base; base is all 0 without one. */
  head_cum: z.array(z.number()),
  head_flat: z.array(z.number()),
  base_cum: z.array(z.number()),
  base_flat: z.array(z.number()),
  /** Standard deviation of head_cum − base_cum that sampling alone gives; 0 where the values are exact. */
  noise: z.array(z.number()),
  /** Rows of less than this share of the total were summed into their parent's "(small)" row; 0: none. */
  cutShare: z.number(),
});

export const cluster = z.object({
  key: z.string(),
  state: z.string(),
  where,
  entry: where,
  creator: where.nullable(),
  count: z.number(),
  /** In the base capture or at the beginning of the range; null where there is none. */
  before: z.number().nullable(),
  owned: z.boolean(),
  maxWaitMinutes: z.number().nullable(),
  /** Goroutines by minutes waited: below 1, 5, 15, 60, 1440, more. Null without a dump. */
  waits: z.array(z.number()).nullable(),
  stack: z.array(where),
  /** Counts over the range. */
  series: series.nullable(),
});

/** GET /api/services/:environment/:service/goroutines?from&to&instance */
export const goroutines = z.object({
  from: ms,
  to: ms,
  instance: z.string(),
  capture: z.string().nullable(),
  total: z.number(),
  clusters: z.array(cluster),
});

const caller = z.object({ pid: z.int(), comm: z.string(), executable: z.string(), share: z.number() });

/**
 * GET /api/services/:environment/:service/syscalls?from&to&instance&syscall: what the kernel counted of one instance.
 * Rates are calls per minute. Older windows are put together: `rate` is their mean, `peak` the highest of them.
 */
export const syscalls = z.object({
  environment: z.string(),
  service: z.string(),
  from: ms,
  to: ms,
  instances: z.array(z.object({ id: z.string(), instance: z.string() })),
  instance: z.string(),
  /** Why there is nothing; null where there is something. Nothing is never zero. */
  says: z.string().nullable(),
  sources: z.array(z.object({ aspect: z.string(), collected: z.boolean(), source: z.string(), says: z.string() })),
  /** What counts are held against: a file of a person, what the server learned or is learning, the release before. */
  profile: z.object({
    state: z.enum(['given', 'learned', 'learning', 'parent', 'none']),
    of: z.string(),
    image: z.string(),
    path: z.string().nullable(),
    ready: z.boolean(),
    windows: z.number(),
    minutes: z.number(),
    from: ms.nullable(),
    to: ms.nullable(),
  }),
  /** `notWhole`: begun or ended inside, or something was lost: lower bounds. */
  windows: z.object({ count: z.int(), notWhole: z.int(), countedMs: ms }),
  /** What needs a look first, then the most frequent. */
  syscalls: z.array(
    z.object({
      name: z.string(),
      /** In the newest window of the range. */
      rate: z.number().nullable(),
      peak: z.number().nullable(),
      normal: z.array(z.number()).nullable(),
      anomalous: z.number().nullable(),
      by: z.enum(['quantile', 'poisson', 'manual']).nullable(),
      /** Of the newest window; `unknown` where no profile is ready or it has no band. */
      state: z.enum(['never-seen', 'anomalous', 'above', 'normal', 'unknown']),
      /** Windows of the range at or beyond the limit. */
      anomalies: z.array(z.object({ at: ms, until: ms, rate: z.number() })),
      /** Who called it most lately; null where that is not known any more. */
      process: caller.nullable(),
      spark: series,
    }),
  ),
  /** The one that was asked for, else the first: every window of the range. */
  chosen: z
    .object({
      name: z.string(),
      at: z.array(ms),
      until: z.array(ms),
      rate: column,
      peak: column,
      processes: z.array(caller),
    })
    .nullable(),
  /** net-descriptors (opened − closed), net-mapped (bytes), both from 0; connects, connect-failures (per minute). */
  flows: z.array(series),
  findings: z.array(finding),
  notes: z.array(z.string()),
});

/** A heap dump as the page shows it; of one that was saved: GET /api/heap?capture=ID. */
export const heapGraph = z.object({
  name: z.string(),
  goVersion: z.string(),
  verdict: z.string(),
  heap: z.object({ objects: z.number(), bytes: z.number(), reachable: z.number() }),
  goroutines: z.object({ total: z.number(), parked: z.number(), proven: z.number() }),
  holders: z.array(
    z.object({
      kind: z.string(),
      name: z.string(),
      bytes: z.number(),
      path: z.array(z.object({ text: z.string(), bytes: z.number().optional() })),
    }),
  ),
  pools: z.array(
    z.object({ name: z.string(), objects: z.number(), victims: z.number(), bytes: z.number(), largest: z.number() }),
  ),
  channels: z.array(
    z.object({
      element: z.string(),
      length: z.number(),
      capacity: z.number(),
      closed: z.boolean(),
      bytes: z.number(),
      senders: z.number(),
      receivers: z.number(),
      holder: z.string(),
    }),
  ),
  notes: z.array(z.string()),
});

/** GET /api/compare?base&head: what changed between two captures of one or two instances. */
export const compare = z.object({
  base: captureInfo,
  head: captureInfo,
  sites: z.array(
    z.object({
      where,
      kind: z.string(),
      before: z.number(),
      after: z.number(),
      /** Bytes, one standard deviation by sampling. */
      noise: z.number(),
      objectsBefore: z.number(),
      objectsAfter: z.number(),
    }),
  ),
  clusters: z.array(z.object({ where, state: z.string(), before: z.number(), after: z.number() })),
  metrics: z.array(
    z.object({ name: z.string(), unit: z.string(), before: z.number().nullable(), after: z.number().nullable() }),
  ),
  /** The diagnosis of the captures from base to head, where both are of one instance. */
  verdict: z.string().nullable(),
  findings: z.array(finding.pick({ rule: true, verdict: true, severity: true, title: true, where: true })),
});

/**
 * POST /api/open?name=FILE[&save=1]: the body is the file (`content-type: application/octet-stream`). What it is decides
 * which fields are there. Times of a GC trace's series are ms since the process started: it says nothing else.
 */
export const opened = z.object({
  name: z.string(),
  kind: z.enum(['profile', 'goroutines', 'gctrace', 'heapdump', 'metrics']),
  bytes: z.number(),
  /** Set where it was saved; then /api/flame and the like can be asked with it. */
  capture: z.string().nullable(),
  says: z.string(),
  flame: flame.nullable(),
  goroutines: goroutines.nullable(),
  heap: heapGraph.nullable(),
  series: z.array(series),
  findings: z.array(finding.pick({ rule: true, verdict: true, severity: true, title: true, where: true })),
});

/** GET /api/captures?environment&service&instance&from&to&limit: newest first; files that were opened and saved, too. */
export const captures = z.object({ captures: z.array(captureInfo) });

/** GET /api/alerts: what was sent or is to be sent, newest first; bodies and receivers' addresses are not told. */
export const alerts = z.object({
  deliveries: z.array(
    z.object({
      id: z.string(),
      receiver: z.string(),
      findings: z.array(z.string()),
      createdAt: ms,
      dueAt: ms,
      attempts: z.int(),
      state: z.enum(['pending', 'delivered', 'dropped']),
      deliveredAt: ms.nullable(),
      lastError: z.string().nullable(),
    }),
  ),
});

/** GET /api/session: asked before anything else. Where a token is needed and nobody is logged in, the page asks for it. */
export const session = z.object({ tokenNeeded: z.boolean(), loggedIn: z.boolean() });

/** GET /api/status */
export const status = z.object({
  version: z.string(),
  now: ms,
  startedAt: ms,
  targets: z.array(
    z.object({
      id: z.string(),
      environment: z.string(),
      service: z.string(),
      instance: z.string(),
      url: z.string(),
      from: z.string(),
      up: z.boolean(),
      /** Where it fails: the sentence, how often in a row, when the next try is. */
      problem: z.string().nullable(),
      failures: z.int(),
      nextCapture: ms.nullable(),
      /** Of the last hour, beside what is allowed. */
      spent: z.object({ captures: z.number(), bytes: z.number(), pauseMs: z.number() }),
      budget: z.object({ captures: z.number(), bytes: z.number(), pauseMs: z.number() }),
    }),
  ),
  store: z.object({
    schemaVersion: z.int(),
    databaseBytes: z.number(),
    blobBytes: z.number(),
    captures: z.number(),
    metricPoints: z.number(),
  }),
  alerts: z.object({ pending: z.int(), delivered: z.int(), dropped: z.int(), receivers: z.array(z.string()) }),
  problems: z.array(problem),
});

/**
 * Bodies of what a person does to a finding: POST and DELETE /api/findings/:id/acknowledge, POST /api/findings/:id/silence.
 * All answer with the finding as it is then. Changing requests have `content-type: application/json`.
 */
export const acknowledgeBody = z.strictObject({
  by: z.string().min(1).max(200),
  note: z.string().max(2000).default(''),
});
export const silenceBody = z.strictObject({
  by: z.string().min(1).max(200),
  why: z.string().max(2000).default(''),
  /** Seconds from now; at most 90 days. */
  seconds: z
    .int()
    .positive()
    .max(90 * 86_400),
});

export const unacknowledgeBody = z.strictObject({ by: z.string().min(1).max(200) });
/** POST /api/login; sets a cookie that scripts cannot read. POST /api/logout takes it away. */
export const loginBody = z.strictObject({ token: z.string().min(1).max(1000) });

/** Every answer that is no success. */
export const problemAnswer = z.object({ error: z.string() });

/**
 * Server-sent events of GET /api/events: `event:` is the kind, `data:` this. They say what to ask for again, not what it
 * is: `capture` (target, service), `finding` (id, service), `incident` (id; empty: any), `problem`.
 */
export const liveEvent = z.object({
  kind: z.enum(['capture', 'finding', 'mark', 'incident', 'problem']),
  environment: z.string(),
  service: z.string(),
  id: z.string(),
  at: ms,
});

export type FindingView = z.infer<typeof finding>;
export type FindingsView = z.infer<typeof findings>;
export type FindingDetail = z.infer<typeof findingDetail>;
export type FleetView = z.infer<typeof fleet>;
export type ServiceView = z.infer<typeof service>;
export type LedgerView = z.infer<typeof ledger>;
export type SeriesView = z.infer<typeof series>;
export type MarkView = z.infer<typeof mark>;
export type CaptureInfo = z.infer<typeof captureInfo>;
export type FlameView = z.infer<typeof flame>;
export type ClusterView = z.infer<typeof cluster>;
export type GoroutinesView = z.infer<typeof goroutines>;
export type SyscallsView = z.infer<typeof syscalls>;
export type HeapGraphView = z.infer<typeof heapGraph>;
export type CompareView = z.infer<typeof compare>;
export type OpenedView = z.infer<typeof opened>;
export type CapturesView = z.infer<typeof captures>;
export type AlertsView = z.infer<typeof alerts>;
export type StatusView = z.infer<typeof status>;
export type LiveEvent = z.infer<typeof liveEvent>;
export type IncidentView = z.infer<typeof incident>;
export type IncidentsView = z.infer<typeof incidents>;
export type IncidentCounts = z.infer<typeof incidentCountsAnswer>;
export type IncidentDetail = z.infer<typeof incidentDetail>;
export type ResponseClockView = z.infer<typeof responseClock>;
export type ResponseReportView = z.infer<typeof responseReport>;
export type ProblemView = z.infer<typeof problem>;
