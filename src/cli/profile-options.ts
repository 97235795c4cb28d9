/** What the options that `show` and `diff` share (filter-options.ts) make of a profile. */
import { EvidenceError } from '../evidence/error.ts';
import { filterByName, filterByTag } from '../evidence/pprof/filter.ts';
import type { Granularity } from '../evidence/pprof/nodes.ts';
import type { Profile, ValueType } from '../evidence/pprof/profile.ts';
import { compileRegex, type Matcher } from '../evidence/pprof/regex.ts';
import { chooseSampleType } from '../evidence/pprof/sample-type.ts';
import { UsageError } from './exit.ts';

export interface ProfileOptions {
  readonly top?: string;
  readonly sampleType?: string;
  readonly cum?: true;
  readonly lines?: true;
  readonly files?: true;
  readonly addresses?: true;
  readonly focus?: string;
  readonly ignore?: string;
  readonly hide?: string;
  readonly show?: string;
  readonly tag?: string;
  readonly json?: true;
}

export function parseTop(text: string | undefined, byDefault: number): number {
  if (text === undefined) return byDefault;
  const count = Number(text);
  if (!Number.isSafeInteger(count) || count < 1) throw new UsageError(`--top needs a whole number from 1, not ${text}`);
  return count;
}

export function granularityOf(options: ProfileOptions): Granularity {
  const chosen = (['lines', 'files', 'addresses'] as const).filter((name) => options[name] === true);
  if (chosen.length > 1) {
    throw new UsageError(`--${chosen.join(' and --')} exclude each other; choose one`);
  }
  return chosen[0] ?? 'functions';
}

/** @param where for the message: the file */
export function sampleTypeOf(profile: Profile, wanted: string | undefined, where: string): number {
  const index = chooseSampleType(profile, wanted);
  if (index >= 0) return index;
  const types = profile.sampleTypes.map(({ type }) => type).join(', ');
  if (types === '') throw new EvidenceError('pprof', `${where} is an empty profile: it has no sample types`);
  throw new UsageError(`${where} has no sample type ${wanted}; it has ${types}`);
}

/** Goroutines all end in the runtime, so the functions above say more than the leaf. */
export function sortsByCum({ type }: ValueType, options: ProfileOptions): boolean {
  return options.cum === true || type.startsWith('goroutine');
}

export function applyFilters(profile: Profile, options: ProfileOptions): Profile {
  const names = {
    ...regexOption('focus', options.focus),
    ...regexOption('ignore', options.ignore),
    ...regexOption('hide', options.hide),
    ...regexOption('show', options.show),
  };
  const { focus } = regexOption('focus', options.tag, '--tag');
  return filterByTag(filterByName(profile, names), focus === undefined ? {} : { focus });
}

function regexOption<K extends string>(key: K, pattern: string | undefined, flag = `--${key}`): { [P in K]?: Matcher } {
  const result: { [P in K]?: Matcher } = {};
  if (pattern === undefined) return result;
  try {
    result[key] = compileRegex(pattern);
  } catch (error) {
    if (error instanceof SyntaxError) throw new UsageError(`${flag}: ${error.message}`);
    throw error;
  }
  return result;
}

/** JSON numbers are doubles; a sum that one cannot hold exactly is written as a string of digits. */
export function safeNumber(value: number): number | string {
  return Number.isSafeInteger(value) || !Number.isInteger(value) ? value : BigInt(value).toString();
}
