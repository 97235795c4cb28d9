/** What holds where nobody says anything. */
import { homedir } from 'node:os';
import { join } from 'node:path';
import { DEFAULTS } from '../../collect/options.ts';
import { builtIn } from '../../guard/respond/matrix.ts';
import type { RetentionPolicy } from '../history/store.ts';
import type { RespondSettings } from '../respond/settings.ts';
import type { AlertsConfig, LoadQuery, Schedule, SyscallsConfig, TargetTemplate } from './config.ts';
import { METRICS_PAUSE_MS, visitPauseMs } from './cost.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const MIB = 2 ** 20;

export const DEFAULT_LISTEN = { host: '127.0.0.1', port: 7070 } as const;
export const DEFAULT_CONCURRENCY = 32;
/** For requests to targets: a service that is silent for so long is in trouble of its own. */
export const DEFAULT_TIMEOUT_MS = 10 * SECOND;
export const DEFAULT_REFRESH_MS = { file_sd: 5 * MINUTE, http_sd: MINUTE } as const;

export type Timing = Pick<Schedule, 'metricsEveryMs' | 'profilesEveryMs' | 'firstLook' | 'warmUpMs' | 'goroutineLimit'>;

/** From a file: services that are watched for months. */
export const FILE_TIMING: Timing = {
  metricsEveryMs: 15 * SECOND,
  profilesEveryMs: 5 * MINUTE,
  firstLook: { captures: 6, everyMs: MINUTE },
  warmUpMs: 5 * MINUTE,
  goroutineLimit: DEFAULTS.goroutineLimit,
};

/** From the command line: somebody sits before it and wants an answer. */
export const URL_TIMING: Timing = {
  metricsEveryMs: 15 * SECOND,
  profilesEveryMs: MINUTE,
  firstLook: { captures: 6, everyMs: 20 * SECOND },
  warmUpMs: 5 * MINUTE,
  goroutineLimit: DEFAULTS.goroutineLimit,
};

/** A demonstration: services that are ready in seconds, and an answer within three minutes, building them included. */
export const LAB_TIMING: Timing = {
  metricsEveryMs: 5 * SECOND,
  profilesEveryMs: 10 * SECOND,
  firstLook: { captures: 0, everyMs: 10 * SECOND },
  warmUpMs: 45 * SECOND,
  goroutineLimit: DEFAULTS.goroutineLimit,
};

/** What a schedule takes of a target in an hour: first look and jitter included, deeper captures not. */
export function capturesPerHour({ profilesEveryMs, firstLook }: Timing): number {
  const lookMs = Math.min(HOUR, firstLook.captures * firstLook.everyMs);
  const looks = firstLook.everyMs > 0 ? Math.min(firstLook.captures, HOUR / firstLook.everyMs) : 0;
  return Math.ceil(looks + (1.1 * (HOUR - lookMs)) / profilesEveryMs);
}

/** A budget with room for the schedule twice over, so that it binds only what is out of the ordinary. */
export function defaultBudget(timing: Timing): Schedule['budget'] {
  const captures = Math.max(60, 2 * capturesPerHour(timing));
  const visits = HOUR / timing.metricsEveryMs;
  return {
    captures,
    // A heap and a goroutine profile of a large service are 1 MiB or two, a page of metrics 100 KiB.
    bytes: Math.max(512 * MIB, captures * 8 * MIB),
    pauseMs: Math.max(5 * SECOND, Math.ceil(captures * visitPauseMs() + visits * METRICS_PAUSE_MS * 2)),
  };
}

/** Nothing is counted and nothing followed until somebody says so. */
export const DEFAULT_SYSCALLS: SyscallsConfig = {
  collect: false,
  recordings: [],
  profiles: null,
  learnMs: DAY,
  warmUpMs: 5 * MINUTE,
  windowMs: MINUTE,
};

export const DEFAULT_RETENTION: RetentionPolicy = {
  fullMs: 2 * DAY,
  mediumMs: 14 * DAY,
  longMs: 400 * DAY,
  blobMs: 7 * DAY,
  blobBytes: 20 * 2 ** 30,
};

export const DEFAULT_ALERTS: AlertsConfig = {
  receivers: [],
  groupWaitMs: 30 * SECOND,
  repeatMs: DAY,
  perHour: 20,
  pageUrl: null,
  silences: [],
};

/** Clocks run and are shown; nobody is reminded until somebody says who. */
export function defaultRespond(): RespondSettings {
  return {
    enabled: true,
    matrix: builtIn(),
    minSeverity: 'high',
    minVerdict: 'confirmed',
    receivers: { development: [], operations: [], security: [] },
    checks: { artefacts: null, runTests: false, testTimeoutMs: 5 * MINUTE, keys: [], insecureRegistry: false },
  };
}

export const NO_LOAD: LoadQuery = { prometheus: null, metric: null };

/** Names that labels have where nobody says otherwise. */
export const DEFAULT_NAMES = {
  environment: 'default',
  environmentLabel: 'environment',
  serviceLabel: 'service',
  instanceLabel: 'instance',
} satisfies Partial<TargetTemplate>;

/** $XDG_STATE_HOME/hemostat, else ~/.local/state/hemostat. */
export function defaultDataDir(env: NodeJS.ProcessEnv): string {
  const state = env.XDG_STATE_HOME;
  return state !== undefined && state !== '' ? join(state, 'hemostat') : join(homedir(), '.local', 'state', 'hemostat');
}
