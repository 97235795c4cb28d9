/** Alerts of the file → receivers and their rules. */
import type { HttpOptions } from '../../collect/http.ts';
import { addressOf } from './build-jobs.ts';
import type { AlertsConfig, Receiver } from './config.ts';
import type { References } from './credentials.ts';
import { DEFAULT_ALERTS, DEFAULT_TIMEOUT_MS } from './defaults.ts';
import type { FileConfig, ReceiverConfig } from './schema.ts';

type Path = readonly PropertyKey[];
const DAY = 86_400_000;

export function buildAlerts(alerts: FileConfig['alerts'], refs: References): AlertsConfig {
  if (alerts === undefined) return DEFAULT_ALERTS;
  const names = new Set<string>();
  const receivers = (alerts.receivers ?? []).flatMap((receiver, index) => {
    const path = ['alerts', 'receivers', index];
    if (names.has(receiver.name))
      refs.wrong([...path, 'name'], `is ${receiver.name}, as of another receiver: names must differ`);
    names.add(receiver.name);
    return buildReceiver(receiver, path, refs);
  });
  const page = alerts.page_url;
  if (page !== undefined) addressOf(page, ['alerts', 'page_url'], refs);
  return {
    receivers,
    groupWaitMs: time(alerts.group_wait, 'group_wait', DEFAULT_ALERTS.groupWaitMs, refs),
    repeatMs: time(alerts.repeat_interval, 'repeat_interval', DEFAULT_ALERTS.repeatMs, refs),
    perHour: alerts.rate_limit ?? DEFAULT_ALERTS.perHour,
    pageUrl: page?.replace(/\/+$/, '') ?? null,
    silences: (alerts.silences ?? []).map(({ environment, service, fingerprint, until, why }) => ({
      environment: environment ?? '',
      service: service ?? '',
      fingerprint: fingerprint ?? '',
      until: Date.parse(until),
      why,
    })),
  };
}

function time(text: string | undefined, key: string, byDefault: number, refs: References): number {
  return text === undefined ? byDefault : refs.duration(text, ['alerts', key], 0, 365 * DAY);
}

function buildReceiver(receiver: ReceiverConfig, path: Path, refs: References): Receiver[] {
  const { slack, webhook, alertmanager } = receiver;
  const kinds = [slack, webhook, alertmanager].filter((kind) => kind !== undefined).length;
  if (kinds !== 1) {
    refs.wrong(
      path,
      `must have exactly one of slack, webhook and alertmanager, and has ${kinds === 0 ? 'none' : kinds}`,
    );
    return [];
  }
  const common = {
    name: receiver.name,
    minSeverity: receiver.min_severity ?? 'info',
    minVerdict: receiver.min_verdict ?? 'suspected',
    environments: receiver.environments ?? [],
    services: receiver.services ?? [],
  } as const;
  const found =
    slackOf(slack, path, refs) ?? webhookOf(webhook, path, refs) ?? alertmanagerOf(alertmanager, path, refs);
  return found === null ? [] : [{ ...common, ...found }];
}

type Where = Pick<Receiver, 'kind' | 'url' | 'http'>;

function slackOf(slack: ReceiverConfig['slack'], path: Path, refs: References): Where | null {
  if (slack === undefined) return null;
  const at = [...path, 'slack'];
  const url = secretUrl(slack.api_url_file, slack.api_url, at, ['api_url_file', 'api_url'], refs);
  if (url === undefined) refs.wrong(at, 'has no address: name a file with the webhook URL in api_url_file');
  const timeoutMs = refs.timeout(slack.timeout, [...at, 'timeout'], DEFAULT_TIMEOUT_MS);
  const http: HttpOptions = { headers: [], insecure: false, timeoutMs };
  return { kind: 'slack', url: url ?? '', http };
}

function webhookOf(webhook: ReceiverConfig['webhook'], path: Path, refs: References): Where | null {
  if (webhook === undefined) return null;
  const at = [...path, 'webhook'];
  const { url: open, url_file: file, ...client } = webhook;
  if (open !== undefined && file !== undefined)
    refs.wrong([...at, 'url'], 'cannot stand beside url_file: give one of them');
  if (open !== undefined) addressOf(open, [...at, 'url'], refs);
  const url = open ?? secretUrl(file, undefined, at, ['url_file', 'url'], refs);
  if (url === undefined) refs.wrong(at, 'has no address: give it url or url_file');
  return { kind: 'webhook', url: url ?? '', http: refs.http(client, at) };
}

function alertmanagerOf(alertmanager: ReceiverConfig['alertmanager'], path: Path, refs: References): Where | null {
  if (alertmanager === undefined) return null;
  const at = [...path, 'alertmanager'];
  const { url, ...client } = alertmanager;
  addressOf(url, [...at, 'url'], refs);
  return { kind: 'alertmanager', url: url.replace(/\/+$/, ''), http: refs.http(client, at) };
}

/** A URL that is a secret as a whole; undefined where none is named. */
function secretUrl(
  file: string | undefined,
  reference: string | undefined,
  path: Path,
  keys: readonly [string, string],
  refs: References,
): string | undefined {
  const url = refs.secret(file, reference, path, keys);
  if (url !== undefined && url !== '' && !(/^https?:\/\/\S+$/.test(url) && URL.canParse(url)))
    refs.wrong(
      [...path, file === undefined ? keys[1] : keys[0]],
      'has something that is no URL with http:// or https://',
    );
  return url;
}
