/** From an address and its labels to a target: one way for every kind of discovery. */
import { createHash } from 'node:crypto';
import { parseAddress } from '../../collect/address.ts';
import { mountPrefix } from '../../collect/discover.ts';
import type { Address } from '../../collect/target.ts';
import type { TargetTemplate, WatchTarget } from '../config/config.ts';
import type { TargetId, TargetInfo } from '../model.ts';

/** What is known of a target beside its address. */
export interface Naming {
  readonly environment: string;
  readonly service: string;
  readonly instance: string;
  readonly from: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** The same for the same environment, service and address, on every run. */
export function targetId(environment: string, service: string, address: Address): TargetId {
  const hash = createHash('sha256').update(JSON.stringify([environment, service, addressKey(address)]));
  return hash.digest('hex').slice(0, 16);
}

/** Two targets with the same key are one: `http://host:6060/prefix`, without credentials and query. */
export function addressKey({ origin, socketPath, path }: Address): string {
  const place = socketPath === undefined ? origin : `unix:${socketPath}:`;
  return place + mountPrefix(path);
}

export function targetInfo(address: Address, naming: Naming): TargetInfo {
  const { environment, service, from, labels } = naming;
  return {
    id: targetId(environment, service, address),
    environment,
    service,
    instance: naming.instance === '' ? instanceOf(address) : naming.instance,
    url:
      address.socketPath === undefined ? address.origin + address.path : `unix:${address.socketPath}:${address.path}`,
    from,
    labels,
  };
}

/** A target as discovery tells it: `text` is host:port mostly, labels as they came. Throws UsageError for a bad address. */
export function discovered(
  text: string,
  found: Readonly<Record<string, string>>,
  from: string,
  template: TargetTemplate,
): WatchTarget {
  const scheme = found.__scheme__ ?? template.scheme;
  const given = parseAddress(text.includes('://') || text.startsWith('unix:') ? text : `${scheme}://${text}`);
  const path = found.__pprof_path__ ?? template.path;
  const address = given.path === '/' && path !== '' ? { ...given, path } : given;
  const label = (name: string) => (Object.hasOwn(found, name) ? (found[name] ?? '') : '');
  const visible = Object.entries(found).filter(([name]) => !name.startsWith('__'));
  const metricsPath = found.__metrics_path__ ?? template.metricsPath;
  return {
    info: targetInfo(address, {
      environment: label(template.environmentLabel) || template.environment,
      service: label(template.serviceLabel) || template.service,
      instance: label(template.instanceLabel),
      from,
      labels: { ...template.labels, ...Object.fromEntries(visible) },
    }),
    address,
    http: template.http,
    schedule: template.schedule,
    load: template.load,
    source: template.source,
    ...(metricsPath === undefined ? {} : { metricsPath }),
    pid: null,
  };
}

/** Each address once: the first that names it has it. */
export function withoutDuplicates(targets: readonly WatchTarget[]): WatchTarget[] {
  const byAddress = new Map<string, WatchTarget>();
  for (const target of targets) {
    const key = addressKey(target.address);
    if (!byAddress.has(key)) byAddress.set(key, target);
  }
  return [...byAddress.values()];
}

/** `host:6060`, with the prefix that pprof is mounted under where there is one. */
function instanceOf(address: Address): string {
  if (address.socketPath !== undefined) return address.socketPath + mountPrefix(address.path);
  return new URL(address.origin).host + mountPrefix(address.path);
}
