/** Jobs of the file → what is watched and how. */
import { parseAddress } from '../../collect/address.ts';
import { messageOf } from '../../collect/error.ts';
import type { HttpOptions } from '../../collect/http.ts';
import type { Address } from '../../collect/target.ts';
import { checkQuery } from '../targets/promql.ts';
import { discovered, withoutDuplicates } from '../targets/target.ts';
import type { Discovery, LoadQuery, Schedule, TargetTemplate, WatchTarget } from './config.ts';
import type { References } from './credentials.ts';
import { DEFAULT_NAMES, DEFAULT_REFRESH_MS, defaultBudget, FILE_TIMING, NO_LOAD, type Timing } from './defaults.ts';
import type { BudgetConfig, ClientConfig, FileConfig, JobConfig, LoadConfig, ScheduleConfig } from './schema.ts';
import { durationMs, sizeBytes } from './units.ts';

type Path = readonly PropertyKey[];
type Global = NonNullable<FileConfig['global']>;

const SECOND = 1000;
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** Where a service account's token and authority are in a pod. */
const SERVICE_ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount';

export function buildJobs(file: FileConfig, refs: References): Discovery[] {
  const global = file.global ?? {};
  // Said once where it stands, not once per job that falls back to it.
  const inherited = {
    http: refs.http(global, ['global']),
    load: buildLoad(global.load, ['global', 'load'], refs) ?? NO_LOAD,
    schedule: buildSchedule(global, {}, ['global'], refs),
  };
  const names = new Set<string>();
  return file.jobs.flatMap((job, index) => {
    const path = ['jobs', index];
    if (names.has(job.name)) refs.wrong([...path, 'name'], `is ${job.name}, as of another job: names must differ`);
    names.add(job.name);
    const scheduled = job.schedule !== undefined || job.budget !== undefined;
    const template: TargetTemplate = {
      environment: job.environment ?? global.environment ?? DEFAULT_NAMES.environment,
      service: job.service ?? job.name,
      environmentLabel: job.environment_label ?? DEFAULT_NAMES.environmentLabel,
      serviceLabel: job.service_label ?? DEFAULT_NAMES.serviceLabel,
      instanceLabel: job.instance_label ?? DEFAULT_NAMES.instanceLabel,
      labels: { ...global.labels, ...job.labels },
      scheme: job.scheme ?? 'http',
      path: job.pprof_path ?? '/',
      ...(job.metrics_path === undefined ? {} : { metricsPath: job.metrics_path }),
      http: httpOf(global, inherited.http, job, path, refs),
      schedule: scheduled ? buildSchedule(job, global, path, refs) : inherited.schedule,
      load: buildLoad(job.load, [...path, 'load'], refs) ?? inherited.load,
      source: job.source === undefined ? null : refs.path(job.source),
    };
    return buildDiscovery(job, path, template, job.environment ?? global.environment, refs);
  });
}

/** The job's own credentials take the place of all global ones; its TLS options and timeout each of theirs. */
function httpOf(global: Global, inherited: HttpOptions, job: JobConfig, path: Path, refs: References): HttpOptions {
  const own = refs.http(job, path, inherited.timeoutMs);
  const hasOwn = (job.bearer_token_file ?? job.bearer_token ?? job.basic_auth ?? job.headers_file) !== undefined;
  const who = hasOwn ? own : inherited;
  const tls = job.tls_config !== undefined || global.tls_config === undefined ? own : inherited;
  return {
    headers: who.headers,
    insecure: tls.insecure,
    timeoutMs: own.timeoutMs,
    ...(who.bearer === undefined ? {} : { bearer: who.bearer }),
    ...(who.user === undefined ? {} : { user: who.user }),
    ...(tls.ca === undefined ? {} : { ca: tls.ca }),
    ...(tls.cert === undefined ? {} : { cert: tls.cert }),
    ...(tls.key === undefined ? {} : { key: tls.key }),
  };
}

function buildDiscovery(
  job: JobConfig,
  path: Path,
  template: TargetTemplate,
  environment: string | undefined,
  refs: References,
): Discovery[] {
  const found: Discovery[] = [];
  const targets = (job.static_configs ?? []).flatMap(({ targets, labels }, i) =>
    targets.flatMap((text, t) =>
      staticTarget(text, labels ?? {}, [...path, 'static_configs', i, 'targets', t], template, refs),
    ),
  );
  if (targets.length > 0) found.push({ kind: 'static', targets: withoutDuplicates(targets) });
  for (const [i, { files, refresh_interval: every }] of (job.file_sd_configs ?? []).entries()) {
    const everyMs = refresh(
      every,
      [...path, 'file_sd_configs', i, 'refresh_interval'],
      DEFAULT_REFRESH_MS.file_sd,
      refs,
    );
    found.push({ kind: 'file_sd', job: job.name, files: files.map((file) => refs.path(file)), everyMs, template });
  }
  for (const [i, sd] of (job.http_sd_configs ?? []).entries()) {
    const at = [...path, 'http_sd_configs', i];
    const everyMs = refresh(sd.refresh_interval, [...at, 'refresh_interval'], DEFAULT_REFRESH_MS.http_sd, refs);
    const address = addressOf(sd.url, [...at, 'url'], refs);
    if (address === null) continue;
    found.push({ kind: 'http_sd', job: job.name, address, http: refs.http(sd, at), everyMs, template });
  }
  for (const [i, sd] of (job.kubernetes_sd_configs ?? []).entries()) {
    const at = [...path, 'kubernetes_sd_configs', i];
    if (sd.api_server !== undefined) addressOf(sd.api_server, [...at, 'api_server'], refs);
    const inPod = sd.api_server === undefined;
    found.push({
      kind: 'kubernetes',
      job: job.name,
      apiServer: sd.api_server ?? null,
      tokenFile: sd.bearer_token_file === undefined ? `${SERVICE_ACCOUNT}/token` : refs.path(sd.bearer_token_file),
      caFile: sd.ca_file !== undefined ? refs.path(sd.ca_file) : inPod ? `${SERVICE_ACCOUNT}/ca.crt` : null,
      namespaces: sd.namespaces ?? [],
      labelSelector: sd.label_selector ?? '',
      prometheusAnnotations: sd.prometheus_annotations ?? false,
      // Where nobody says otherwise, the namespace is the environment.
      template: { ...template, environment: environment ?? '' },
    });
  }
  const lists = [job.static_configs, job.file_sd_configs, job.http_sd_configs, job.kubernetes_sd_configs];
  if (lists.every((list) => list === undefined)) {
    refs.wrong(
      path,
      'has no targets: give it static_configs, file_sd_configs, http_sd_configs or kubernetes_sd_configs',
    );
  }
  return found;
}

function staticTarget(
  text: string,
  labels: Readonly<Record<string, string>>,
  path: Path,
  template: TargetTemplate,
  refs: References,
): WatchTarget[] {
  try {
    const target = discovered(text, labels, 'static', template);
    if (target.address.user !== undefined) return secretInUrl(path, refs);
    return [target];
  } catch (error) {
    refs.wrong(path, `is wrong: ${messageOf(error)}`);
    return [];
  }
}

function refresh(text: string | undefined, path: Path, byDefault: number, refs: References): number {
  return text === undefined ? byDefault : refs.duration(text, path, SECOND, DAY);
}

/** Null with a mistake noted where it is no URL or has a password in it. */
export function addressOf(url: string, path: Path, refs: References): Address | null {
  try {
    const address = parseAddress(url);
    if (address.user === undefined) return address;
    secretInUrl(path, refs);
  } catch (error) {
    refs.wrong(path, `is wrong: ${messageOf(error)}`);
  }
  return null;
}

function secretInUrl(path: Path, refs: References): never[] {
  refs.wrong(
    path,
    'has a user and password in the URL, which must not stand in this file: use basic_auth with password_file',
  );
  return [];
}

function buildLoad(load: LoadConfig | undefined, path: Path, refs: References): LoadQuery | null {
  if (load === undefined) return null;
  const { metric, prometheus } = load;
  if ((metric === undefined) === (prometheus === undefined)) {
    refs.wrong(
      path,
      metric === undefined
        ? 'is empty: give it metric or prometheus'
        : 'has both metric and prometheus: give it one of them',
    );
    return null;
  }
  if (prometheus === undefined) return { prometheus: null, metric: metric ?? null };
  const at = [...path, 'prometheus'];
  const address = addressOf(prometheus.url, [...at, 'url'], refs);
  if (address === null) return null;
  const wrong = checkQuery(prometheus.query);
  if (wrong !== null) refs.wrong([...at, 'query'], wrong);
  const http = refs.http(clientOf(prometheus), at);
  return { prometheus: { address, http, query: prometheus.query }, metric: null };
}

function clientOf({ url: _url, query: _query, ...client }: NonNullable<LoadConfig['prometheus']>): ClientConfig {
  return client;
}

interface Scheduled {
  readonly schedule?: ScheduleConfig | undefined;
  readonly budget?: BudgetConfig | undefined;
}

function buildSchedule(own: Scheduled, global: Scheduled, path: Path, refs: References): Schedule {
  const at = [...path, 'schedule'];
  const timing: Timing = {
    metricsEveryMs: pick(own, global, FILE_TIMING.metricsEveryMs, (s) => s.metrics_every),
    profilesEveryMs: pick(own, global, FILE_TIMING.profilesEveryMs, (s) => s.profiles_every),
    firstLook: {
      captures:
        own.schedule?.first_look?.captures ?? global.schedule?.first_look?.captures ?? FILE_TIMING.firstLook.captures,
      everyMs: pick(own, global, FILE_TIMING.firstLook.everyMs, (s) => s.first_look?.every),
    },
    warmUpMs: pick(own, global, FILE_TIMING.warmUpMs, (s) => s.warm_up),
    goroutineLimit: own.schedule?.goroutine_limit ?? global.schedule?.goroutine_limit ?? FILE_TIMING.goroutineLimit,
  };
  const bounded = [
    ['metrics_every', own.schedule?.metrics_every, SECOND],
    ['profiles_every', own.schedule?.profiles_every, 5 * SECOND],
  ] as const;
  for (const [key, text, least] of bounded) if (text !== undefined) refs.duration(text, [...at, key], least, DAY);
  const warmUp = own.schedule?.warm_up;
  if (warmUp !== undefined) refs.duration(warmUp, [...at, 'warm_up'], 10 * SECOND, DAY);
  const look = own.schedule?.first_look?.every;
  if (look !== undefined) refs.duration(look, [...at, 'first_look', 'every'], 5 * SECOND, HOUR);
  const usual = defaultBudget(timing);
  const bytes = own.budget?.bytes_per_hour ?? global.budget?.bytes_per_hour;
  const pause = own.budget?.pause_per_hour ?? global.budget?.pause_per_hour;
  return {
    ...timing,
    budget: {
      captures: own.budget?.captures_per_hour ?? global.budget?.captures_per_hour ?? usual.captures,
      bytes: bytes === undefined ? usual.bytes : sizeBytes(bytes),
      pauseMs: pause === undefined ? usual.pauseMs : durationMs(pause),
    },
  };
}

function pick(
  own: Scheduled,
  global: Scheduled,
  byDefault: number,
  of: (schedule: ScheduleConfig) => string | undefined,
): number {
  const text = of(own.schedule ?? {}) ?? of(global.schedule ?? {});
  return text === undefined ? byDefault : durationMs(text);
}
