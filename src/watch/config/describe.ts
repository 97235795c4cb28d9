/** What `--check-config` prints: what would be watched, and what a person may not have meant. */
import { formatDuration } from '../../collect/duration.ts';
import { formatBytes } from '../../findings/units.ts';
import { ROLES } from '../../guard/respond/model.ts';
import type { Discovery, Schedule, TargetTemplate, WatchConfig, WatchTarget } from './config.ts';
import { dumpPauseMs, METRICS_PAUSE_MS, visitPauseMs } from './cost.ts';
import { capturesPerHour } from './defaults.ts';

export interface Description {
  readonly lines: readonly string[];
  /** One sentence each; the configuration works all the same. */
  readonly warnings: readonly string[];
}

const HOUR = 3_600_000;

export function describeConfig(config: WatchConfig): Description {
  const { listen, alerts, retention } = config;
  const host = listen.host.includes(':') ? `[${listen.host}]` : listen.host;
  const lines = [
    `page and API at http://${host}:${listen.port}${config.token === null ? '' : ' (with a token)'}, data in ${config.dataDir}`,
    ...config.labs.map((lab) => `lab ${lab}: a service that is started here`),
    ...config.discovery.flatMap(describeDiscovery),
    ...describeSyscalls(config),
    `alerts: ${alerts.receivers.map(({ name, kind }) => `${name} (${kind})`).join(', ') || 'none; findings are on the page only'}`,
    ...describeRespond(config),
    `kept: everything for ${formatDays(retention.fullMs)}, 5-minute means for ${formatDays(retention.mediumMs)}, hourly means for ${formatDays(retention.longMs)}, profiles for ${formatDays(retention.blobMs)} and up to ${formatBytes(retention.blobBytes)}`,
  ];
  return { lines, warnings: warningsOf(config) };
}

function describeRespond({ respond }: WatchConfig): string[] {
  const { enabled, minSeverity, minVerdict, receivers } = respond;
  if (!enabled) return ['response: off'];
  const told = ROLES.filter((role) => receivers[role].length > 0).map(
    (role) => `${role} by ${receivers[role].join(', ')}`,
  );
  const who = told.length === 0 ? 'nobody is reminded' : `reminded: ${told.join('; ')}`;
  return [`response: clocks from ${minVerdict} and ${minSeverity} findings on, ${who}`];
}

function describeSyscalls({ syscalls }: WatchConfig): string[] {
  const { collect, recordings, profiles, learnMs, windowMs } = syscalls;
  if (!collect && recordings.length === 0) return [];
  const by = [
    ...(collect ? [`counted here in windows of ${formatDuration(windowMs)} (needs root and bpftrace)`] : []),
    ...(recordings.length === 0 ? [] : [`read from ${recordings.join(', ')}`]),
  ];
  const against = profiles === null ? '' : `, held against profiles in ${profiles}`;
  const learn =
    learnMs === null ? 'nothing is learned' : `learned over ${formatDays(learnMs)} where there is no profile`;
  return [`syscalls: ${by.join(', ')}${against}, ${learn}`];
}

function describeDiscovery(discovery: Discovery): string[] {
  switch (discovery.kind) {
    case 'static':
      return byService(discovery.targets).map(
        ([service, targets]) =>
          `${service}: ${targets.length === 1 ? '1 target' : `${targets.length} targets`} (${shortList(targets.map(({ info }) => info.url))}), ${rhythm(targets[0]?.schedule)}`,
      );
    case 'file_sd':
      return [`${discovery.job}: targets in ${discovery.files.join(', ')}, ${rhythm(discovery.template.schedule)}`];
    case 'http_sd': {
      const { origin, path } = discovery.address;
      const every = formatDuration(discovery.everyMs);
      return [`${discovery.job}: targets from ${origin}${path} every ${every}, ${rhythm(discovery.template.schedule)}`];
    }
    case 'kubernetes': {
      const where = discovery.namespaces.length === 0 ? 'all namespaces' : discovery.namespaces.join(', ');
      return [`${discovery.job}: annotated pods of ${where}, ${rhythm(discovery.template.schedule)}`];
    }
  }
}

function byService(targets: readonly WatchTarget[]): [string, WatchTarget[]][] {
  const name = ({ info }: WatchTarget) =>
    `${info.environment}/${info.service === '' ? '(named by its first capture)' : info.service}`;
  return [...Map.groupBy(targets, name)];
}

function shortList(words: readonly string[]): string {
  const more = words.length > 3 ? `, and ${words.length - 3} more` : '';
  return words.slice(0, 3).join(', ') + more;
}

function rhythm(schedule: Schedule | undefined): string {
  if (schedule === undefined) return '';
  const { metricsEveryMs, profilesEveryMs, budget } = schedule;
  return `metrics every ${formatDuration(metricsEveryMs)}, profiles every ${formatDuration(profilesEveryMs)}, at most ${budget.captures} captures, ${formatBytes(budget.bytes)} and ${formatDuration(budget.pauseMs)} of pause an hour`;
}

function formatDays(ms: number): string {
  return ms % 86_400_000 === 0 ? `${ms / 86_400_000}d` : formatDuration(ms);
}

function warningsOf(config: WatchConfig): string[] {
  const seen = new Set<string>();
  for (const { name, schedule, address, http } of schedulesOf(config)) {
    for (const warning of scheduleWarnings(name, schedule)) seen.add(warning);
    const hasSecret = http.bearer !== undefined || http.user !== undefined;
    if (hasSecret && address?.startsWith('http://') && !/^http:\/\/(127\.|localhost|\[::1\])/.test(address))
      seen.add(`${name}: credentials go to ${address} without TLS; use https://`);
    if (http.insecure) seen.add(`${name}: insecure_skip_verify is on: anybody between can read the credentials`);
  }
  for (const twice of twiceOf(config))
    seen.add(`${twice} is listed twice, so it is asked twice as often as either budget allows`);
  const now = config.alerts.silences.filter(
    ({ environment, service, fingerprint }) => environment + service + fingerprint === '',
  );
  if (now.length > 0) seen.add('alerts: a silence without environment, service and fingerprint silences everything');
  if (config.alerts.receivers.length > 0 && config.alerts.pageUrl === null)
    seen.add('alerts: page_url is not set, so messages have no link');
  const { enabled, receivers } = config.respond;
  if (enabled && config.alerts.receivers.length > 0 && ROLES.every((role) => receivers[role].length === 0))
    seen.add('respond: clocks run and nobody is reminded; name receivers of alerts in respond.receivers');
  return [...seen];
}

/** URLs of listed targets that are there more than once. */
function twiceOf(config: WatchConfig): string[] {
  const urls = config.discovery.flatMap((found) =>
    found.kind === 'static' ? found.targets.map(({ info }) => info.url) : [],
  );
  return [...Map.groupBy(urls, (url) => url)].flatMap(([url, all]) => (all.length > 1 ? [url] : []));
}

interface Scheduled {
  readonly name: string;
  readonly schedule: Schedule;
  readonly address: string | null;
  readonly http: TargetTemplate['http'];
}

function schedulesOf(config: WatchConfig): Scheduled[] {
  return config.discovery.flatMap((discovery): Scheduled[] => {
    if (discovery.kind !== 'static') {
      const { schedule, http, scheme } = discovery.template;
      return [
        { name: discovery.job, schedule, http, address: scheme === 'http' ? 'http://(discovered addresses)' : null },
      ];
    }
    return discovery.targets.map(({ info, schedule, http, address }) => ({
      name: info.service === '' ? info.instance : info.service,
      schedule,
      http,
      address: address.socketPath === undefined ? address.origin : null,
    }));
  });
}

/** A budget that the schedule alone uses up is no budget but a slower schedule. */
function scheduleWarnings(name: string, schedule: Schedule): string[] {
  const { budget, goroutineLimit, metricsEveryMs, profilesEveryMs } = schedule;
  const warnings: string[] = [];
  const captures = capturesPerHour(schedule);
  if (budget.captures < captures) {
    warnings.push(
      `${name}: profiles every ${formatDuration(profilesEveryMs)} with the first look are up to ${captures} captures an hour, and captures_per_hour allows ${budget.captures}: profiles will come later than asked for`,
    );
  }
  const pause = captures * visitPauseMs() + (HOUR / metricsEveryMs) * METRICS_PAUSE_MS;
  if (budget.pauseMs < pause) {
    warnings.push(
      `${name}: captures as scheduled may stop the service for up to ${formatDuration(pause)} an hour, and pause_per_hour allows ${formatDuration(budget.pauseMs)}: they will come later than asked for`,
    );
  }
  const dump = dumpPauseMs(goroutineLimit);
  if (goroutineLimit > 0 && budget.pauseMs - pause < dump && budget.pauseMs >= pause) {
    warnings.push(
      `${name}: a goroutine dump of ${goroutineLimit} goroutines may stop the service for ${formatDuration(dump)}, for which pause_per_hour leaves no room: none will be taken near that size`,
    );
  }
  if (metricsEveryMs > profilesEveryMs)
    warnings.push(
      `${name}: metrics_every is longer than profiles_every, so every look at the metrics is with a profile`,
    );
  return warnings;
}
