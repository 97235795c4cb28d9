/** What every kind of message says of a finding, in words for people. */
import type { Where } from '../../findings/model.ts';
import { formatBytes, formatCount, formatDuration, formatRate } from '../../findings/units.ts';
import type { FindingRecord } from '../model.ts';
import type { AlertItem, ItemKind } from './item.ts';

export interface Message {
  readonly id: string;
  readonly receiver: string;
  readonly at: number;
  readonly items: readonly AlertItem[];
  readonly pageUrl: string | null;
}

const HEADING: Readonly<Record<ItemKind, string>> = {
  opened: 'New',
  worsened: 'Worse',
  regressed: 'Back again',
  resolved: 'Resolved',
  reminder: 'Still there',
};

/** `New: confirmed, high, orders in prod`. */
export function headingOf({ kind, record }: AlertItem): string {
  const how = kind === 'resolved' ? '' : `${record.verdict}, ${record.severity}, `;
  return `${HEADING[kind]}: ${how}${serviceOf(record)}`;
}

export function serviceOf({ service, environment }: FindingRecord): string {
  const name = service === '' ? 'a service without a name' : service;
  return environment === '' ? name : `${name} in ${environment}`;
}

/** `2 findings in orders in prod`, or the heading of the only one. */
export function summaryOf({ items }: Message): string {
  const [first] = items;
  if (first === undefined) return 'hemostat has nothing to tell';
  if (items.length === 1) return `${headingOf(first)}: ${first.record.finding.title}`;
  const services = [...new Set(items.map((item) => serviceOf(item.record)))];
  const where = services.length > 3 ? `${services.length} services` : services.join(', ');
  const counts = [...new Set(items.map((item) => item.kind))].map(
    (kind) => `${items.filter((item) => item.kind === kind).length} ${HEADING[kind].toLowerCase()}`,
  );
  return `${counts.join(', ')}: ${where}`;
}

/** Rate, time to limit, place, instances, builds: what is known of them, one phrase each. */
export function factsOf({ finding, instances, lastBuild, firstBuild }: FindingRecord): string[] {
  const facts: string[] = [];
  const { growth, holds, count } = finding;
  if (growth !== null && growth.perHour > 0) facts.push(`+${formatRate(growth.perHour)}`);
  if (growth?.timeToLimit != null)
    facts.push(`${formatDuration(growth.timeToLimit)} until ${limitText(growth.limit?.source)}`);
  if (holds !== null && holds.bytes > 0) facts.push(`holds ${formatBytes(holds.bytes)}`);
  else if (count !== null) facts.push(`${formatCount(count)} of them`);
  const place = placeOf(finding.where);
  if (place !== '') facts.push(place);
  if (instances.length > 1) facts.push(`${instances.length} instances`);
  else if (finding.subject.instance !== '') facts.push(finding.subject.instance);
  if (lastBuild !== null) facts.push(`build ${lastBuild}`);
  if (firstBuild !== null && firstBuild !== lastBuild) facts.push(`first seen in build ${firstBuild}`);
  return facts;
}

function limitText(source: string | undefined): string {
  return source === undefined ? 'the limit' : `the ${source}`;
}

/** `main.(*Store).Put store.go:42`; the file without its directory, which is the build machine's. */
export function placeOf({ function: name, file, line }: Where): string {
  const base = file.slice(file.lastIndexOf('/') + 1);
  const at = base === '' ? '' : line > 0 ? `${base}:${line}` : base;
  return [name, at].filter((part) => part !== '').join(' ');
}

export function linkOf(pageUrl: string | null, finding: string): string | null {
  return pageUrl === null ? null : `${pageUrl}/#/finding/${encodeURIComponent(finding)}`;
}
