/**
 * What the configuration lets pass that the defaults would not, and whose word it takes instead, one sentence each, for the report.
 * Whoever may change the configuration in a pull request may change what the gate says of it: a reviewer has to see that. Pure.
 */
import type { Severity } from '../../findings/model.ts';
import { atLeast, severityAtLeast } from '../../findings/sort.ts';
import { DEFAULT_LIMIT, type Limit } from './limit.ts';
import type { GateConfig } from './settings.ts';

/** @param asked `--fail-on` */
export function loosened(
  config: GateConfig,
  asked: Severity | 'never' | undefined,
  baseline: { readonly file: string; readonly entries: readonly unknown[] } | null = null,
): string[] {
  const says = [...limits(config), ...deps(config), ...image(config), ...others(config)];
  const { exceptions } = config;
  if (exceptions.length > 0) {
    const broad = exceptions.filter(
      ({ rule, subject, fingerprint }) => rule === '*' || ((subject ?? '*') === '*' && fingerprint === undefined),
    ).length;
    says.push(
      `exceptions: ${many(exceptions.length, 'exception')}${broad > 0 ? `, ${broad} of them for every rule or every subject` : ''}`,
    );
  }
  if (baseline !== null && baseline.entries.length > 0)
    says.push(`baseline: ${baseline.file} excuses up to ${many(baseline.entries.length, 'finding')}`);
  const named = says.map((one) => `Less strict than by default: gate.${one}.`);
  const isLess = asked === 'never' || (asked !== undefined && asked !== 'high' && severityAtLeast(asked, 'high'));
  return isLess ? [...named, `Less strict than by default: --fail-on ${asked}.`] : named;
}

function limits({ 'fail-on': failOn }: GateConfig): string[] {
  const { severity, verdict, review, ...parts } = failOn;
  const says: string[] = isWeaker({ severity, verdict }, DEFAULT_LIMIT)
    ? [`fail-on: blocks from ${verdict} and ${severity} on`]
    : [];
  for (const [part, limit] of Object.entries(parts)) {
    if (limit === undefined) continue;
    if (limit === 'never') says.push(`fail-on.${part}: never, so that nothing it finds can block`);
    else {
      const own = { severity: limit.severity ?? severity, verdict: limit.verdict ?? verdict };
      if (isWeaker(own, { severity, verdict }))
        says.push(`fail-on.${part}: blocks from ${own.verdict} and ${own.severity} on`);
    }
  }
  if (review === 'never') says.push('fail-on.review: never, so that nothing it finds can block');
  return says;
}

function isWeaker(limit: Limit, than: Limit): boolean {
  return !severityAtLeast(than.severity, limit.severity) || !atLeast(than.verdict, limit.verdict);
}

function deps({ deps: { allow, npm, go, 'lock-files': files } }: GateConfig): string[] {
  const says: string[] = [];
  if (files !== undefined || go.files !== undefined)
    says.push('deps.lock-files (or go.files): only the lock files that are named are looked at');
  if (allow.length > 0) says.push(`deps.allow: ${many(allow.length, 'exception')}`);
  if (!npm.provenance) says.push('deps.npm.provenance: false, so that attestations are not looked at');
  if (npm['cool-down-days'] < 3) says.push(`deps.npm.cool-down-days: ${npm['cool-down-days']} instead of 3`);
  const keys = ['keys-file', 'trusted-root', 'tuf-mirror', 'tuf-root'] as const;
  const trusted = keys.filter((key) => npm[key] !== undefined);
  if (trusted.length > 0) says.push(`deps.npm.${trusted.join(', .')}: packages are verified by what these name`);
  const registries = Object.values(npm.registries);
  if (registries.length > 0)
    says.push(
      `deps.npm.registries: packages come from ${[...new Set(registries.map((url) => new URL(url).host))].join(', ')}`,
    );
  if (go.database !== undefined) says.push('deps.go.database: modules are verified by another database');
  for (const key of ['module-cache', 'vendor'] as const) if (!go[key]) says.push(`deps.go.${key}: false`);
  return says;
}

const HOW_OFTEN = { always: 2, fixed: 1, never: 0 } as const;
const REFUSE = { critical: 'always', high: 'fixed', medium: 'never', low: 'never', unknown: 'fixed' } as const;

function image({ image: { policy, signature, ...rest } }: GateConfig): string[] {
  const says: string[] = [];
  const severities = ['critical', 'high', 'medium', 'low', 'unknown'] as const;
  for (const severity of severities) {
    const when = policy.refuse[severity];
    if (HOW_OFTEN[when] < HOW_OFTEN[REFUSE[severity]]) says.push(`image.policy.refuse.${severity}: ${when}`);
  }
  if (policy.exceptions.length > 0)
    says.push(`image.policy.exceptions: ${many(policy.exceptions.length, 'exception')}`);
  if (rest['max-report-age-hours'] > 72)
    says.push(`image.max-report-age-hours: ${rest['max-report-age-hours']} instead of 72`);
  if (rest.insecure) says.push('image.insecure: the registry is spoken to without TLS');
  if (signature?.['require-log'] === false && signature.identities.length > 0)
    says.push('image.signature.require-log: false, so that certificates count without an entry in a log');
  return says;
}

function others({ config, surface, review, tls }: GateConfig): string[] {
  const says: string[] = [];
  const authorities = Object.entries(tls).flatMap(([host, { ca }]) => (ca === undefined ? [] : [host]));
  if (authorities.length > 0)
    says.push(`tls: an authority of the project's own is believed for ${authorities.join(', ')}`);
  // What is weighed heavier blocks all the same.
  const weighed = Object.entries(config.severity).flatMap(([rule, severity]) =>
    severityAtLeast(severity, DEFAULT_LIMIT.severity) ? [] : [rule],
  );
  if (weighed.length > 0) says.push(`config.severity: another severity for ${weighed.join(', ')}`);
  if (config['writes-nothing'].length > 0)
    says.push(`config.writes-nothing: ${many(config['writes-nothing'].length, 'container')}`);
  if (config.cluster?.['insecure-skip-tls-verify'] || surface.cluster['insecure-skip-tls-verify'])
    says.push('config.cluster (or surface.cluster).insecure-skip-tls-verify: whoever is in between answers');
  if (Object.keys(surface.weights).length > 0) says.push('surface.weights: other weights than the standard ones');
  const since = review['new-from-rev'] ?? review['new-from-merge-base'];
  if (since !== undefined) says.push(`review: only what is new since ${since}`);
  return says;
}

function many(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}
