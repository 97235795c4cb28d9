/** `hemostat watch URL… lab:NAME…`: a configuration without a file. */
import { resolve } from 'node:path';
import { looksLikeAddress, parseAddress } from '../../collect/address.ts';
import { UsageError } from '../../collect/error.ts';
import type { HttpOptions } from '../../collect/http.ts';
import { findScenario } from '../../collect/lab.ts';
import type { Address } from '../../collect/target.ts';
import { targetInfo, withoutDuplicates } from '../targets/target.ts';
import type { Schedule, WatchConfig, WatchTarget } from './config.ts';
import {
  DEFAULT_ALERTS,
  DEFAULT_CONCURRENCY,
  DEFAULT_LISTEN,
  DEFAULT_NAMES,
  DEFAULT_RETENTION,
  DEFAULT_SYSCALLS,
  DEFAULT_TIMEOUT_MS,
  defaultBudget,
  defaultDataDir,
  defaultRespond,
  LAB_TIMING,
  NO_LOAD,
  URL_TIMING,
} from './defaults.ts';
import { isLoopback, parseListen } from './listen.ts';

/** Options of the command, as far as they are given. */
export interface WatchFlags {
  readonly listen?: string;
  readonly data?: string;
  /** For any listen address but loopback. */
  readonly token?: string;
  /** For every URL. */
  readonly http?: HttpOptions;
  readonly loadMetric?: string;
  readonly source?: string;
  /** Count system calls in this server. */
  readonly syscalls?: boolean;
  /** Recordings of them to follow. */
  readonly recordings?: readonly string[];
  readonly logLevel?: WatchConfig['log']['level'];
}

/** Throws UsageError. Nothing is asked over the network and nothing is started here. */
export async function configFromWords(
  words: readonly string[],
  flags: WatchFlags,
  env: NodeJS.ProcessEnv = process.env,
): Promise<WatchConfig> {
  if (words.length === 0)
    throw new UsageError('no target given; give URLs (http://host:6060), lab:NAME, or --config with a file');
  const labs = words.filter((word) => word.startsWith('lab:')).map((word) => findScenario(word.slice(4)).name);
  const targets = words.filter((word) => !word.startsWith('lab:')).map((word) => urlTarget(word, flags));
  const config: WatchConfig = {
    file: null,
    dataDir: defaultDataDir(env),
    listen: DEFAULT_LISTEN,
    token: null,
    discovery: targets.length === 0 ? [] : [{ kind: 'static', targets: withoutDuplicates(targets) }],
    labs: [...new Set(labs)],
    syscalls: {
      ...DEFAULT_SYSCALLS,
      collect: flags.syscalls === true,
      recordings: (flags.recordings ?? []).map((path) => resolve(path)),
    },
    retention: DEFAULT_RETENTION,
    alerts: DEFAULT_ALERTS,
    respond: defaultRespond(),
    concurrency: DEFAULT_CONCURRENCY,
    log: { level: flags.logLevel ?? 'info' },
  };
  return withFlags(config, flags);
}

/** Shorter ones can be guessed over a network, characters. */
const LEAST_TOKEN = 16;

/** What the command line says about the server goes before the file. Throws UsageError. */
export function withFlags(config: WatchConfig, flags: Pick<WatchFlags, 'listen' | 'data' | 'token'>): WatchConfig {
  const listen = flags.listen === undefined ? config.listen : parseListen(flags.listen);
  if (listen === null) throw new UsageError(`--listen: "${flags.listen}" is no address; write it like 127.0.0.1:7070`);
  const token = flags.token ?? config.token;
  if (!isLoopback(listen.host) && token === null) {
    throw new UsageError(
      `${flags.listen ?? listen.host} can be reached from other machines: give --token-file with a file that has a token for the page, or listen on 127.0.0.1`,
    );
  }
  if (!isLoopback(listen.host) && token !== null && token.length < LEAST_TOKEN)
    throw new UsageError(
      `the token of the page has ${token.length} characters, and ${listen.host} can be reached from other machines: make one of ${LEAST_TOKEN} or more (head -c 32 /dev/urandom | base64)`,
    );
  return { ...config, listen, token, dataDir: flags.data === undefined ? config.dataDir : resolve(flags.data) };
}

/** The same with profiles of every target this often, and metrics and a first look no more rarely. */
export function withEvery(config: WatchConfig, everyMs: number): WatchConfig {
  return {
    ...config,
    discovery: config.discovery.map((found) =>
      found.kind === 'static'
        ? {
            ...found,
            targets: found.targets.map((target) => ({ ...target, schedule: everySchedule(target.schedule, everyMs) })),
          }
        : found,
    ),
  };
}

export function everySchedule(schedule: Schedule, everyMs: number): Schedule {
  const { metricsEveryMs, firstLook } = schedule;
  return scheduled({
    ...schedule,
    profilesEveryMs: everyMs,
    metricsEveryMs: Math.min(metricsEveryMs, everyMs),
    firstLook: { ...firstLook, everyMs: Math.min(firstLook.everyMs, everyMs) },
  });
}

function urlTarget(word: string, flags: WatchFlags): WatchTarget {
  if (!looksLikeAddress(word)) {
    throw new UsageError(
      `"${word}" cannot be watched; give a URL (http://host:6060), host:port, unix:/path.sock or lab:NAME`,
    );
  }
  const address = parseAddress(word);
  return {
    ...staticTarget(address, { service: '', from: 'command line', schedule: scheduled(URL_TIMING) }),
    http: flags.http ?? NO_CREDENTIALS,
    load: { prometheus: null, metric: flags.loadMetric ?? null },
    source: flags.source === undefined ? null : resolve(flags.source),
  };
}

/** The target that a lab process becomes once it listens at `address`. */
export function labTarget(
  name: string,
  address: Address,
  { pid, loadMetric, source }: { readonly pid: number; readonly loadMetric?: string; readonly source?: string },
): WatchTarget {
  return {
    ...staticTarget(address, { service: name, from: `lab ${name}`, schedule: scheduled(LAB_TIMING) }),
    load: { prometheus: null, metric: loadMetric ?? null },
    source: source ?? null,
    pid,
  };
}

const NO_CREDENTIALS: HttpOptions = { headers: [], insecure: false, timeoutMs: DEFAULT_TIMEOUT_MS };

function staticTarget(
  address: Address,
  { service, from, schedule }: { readonly service: string; readonly from: string; readonly schedule: Schedule },
): WatchTarget {
  const { environment } = DEFAULT_NAMES;
  return {
    info: targetInfo(address, { environment, service, instance: '', from, labels: {} }),
    address,
    http: NO_CREDENTIALS,
    schedule,
    load: NO_LOAD,
    source: null,
    pid: null,
  };
}

function scheduled(timing: typeof URL_TIMING): Schedule {
  return { ...timing, budget: defaultBudget(timing) };
}
