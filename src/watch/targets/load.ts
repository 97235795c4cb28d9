/** The load of a target, asked of an existing Prometheus by PromQL. */
import { z } from 'zod';
import { TargetError } from '../../collect/error.ts';
import { HttpClient } from '../../collect/http.ts';
import type { LoadQuery } from '../config/config.ts';
import type { TargetInfo } from '../model.ts';
import { fillQuery } from './promql.ts';

const LIMIT = 8 << 20;

/** A time in s and a number as text: `1.5`, `NaN`, `+Inf`. */
const sample = z.tuple([z.number(), z.string()]);
const answerSchema = z.object({
  status: z.literal('success'),
  data: z.discriminatedUnion('resultType', [
    z.object({ resultType: z.literal('scalar'), result: sample }),
    z.object({ resultType: z.literal('vector'), result: z.array(z.object({ value: sample })) }),
    z.object({ resultType: z.literal('matrix') }),
    z.object({ resultType: z.literal('string') }),
  ]),
});

/** Queries whose many series were told of already. */
const told = new WeakSet<LoadQuery>();

/**
 * The value at `at` (ms); the sum where there are many series, which `note` is told once per query; null where there is
 * none, or the query is not by PromQL. Throws TargetError or RequestError with one sentence.
 */
export async function queryLoad(
  load: LoadQuery,
  target: TargetInfo,
  at: number,
  note: (sentence: string) => void = () => {},
): Promise<number | null> {
  if (load.prometheus === null) return null;
  const { address, http, query } = load.prometheus;
  const filled = fillQuery(query, (name) => named(target, name));
  if (filled === null)
    throw new TargetError(
      `the load query of ${target.instance} cannot be filled in: a label is too long, or has a \` in it; use "…" and not \`…\` around its placeholders`,
    );
  const client = new HttpClient(address, http);
  const path = `${address.path.replace(/\/+$/, '')}/api/v1/query`;
  const shown = client.show(path);
  const wanted = new URLSearchParams({ query: filled, time: (at / 1000).toFixed(3) });
  const { body } = await client.get(`${path}?${wanted}`, { limit: LIMIT, retries: 0 });
  const { value, series } = readAnswer(body.toString('utf8'), shown);
  if (series > 1 && !told.has(load)) {
    told.add(load);
    note(
      `the load query gives ${series} series for ${target.instance}: their sum is taken; write sum(…) if that is meant`,
    );
  }
  return value;
}

/** What a Prometheus at `shown` answers to a query: the sum of its series. Throws TargetError. */
export function readAnswer(text: string, shown: string): { readonly value: number | null; readonly series: number } {
  const answer = answerSchema.safeParse(json(text));
  if (!answer.success)
    throw new TargetError(`${shown} answers with something that is no result of a query; is it a Prometheus server?`);
  const { data } = answer.data;
  if (data.resultType !== 'scalar' && data.resultType !== 'vector')
    throw new TargetError(
      `the load query gives a ${data.resultType}, and must give a number: use rate(…) or sum(…) of it`,
    );
  const samples = data.resultType === 'scalar' ? [data.result] : data.result.map(({ value }) => value);
  return { value: finite(samples), series: samples.length };
}

function named(target: TargetInfo, name: string): string {
  if (name === 'instance' || name === 'service' || name === 'environment') return target[name];
  return Object.hasOwn(target.labels, name) ? (target.labels[name] ?? '') : '';
}

/** Sum of what is a number; null where nothing is. */
function finite(samples: readonly z.infer<typeof sample>[]): number | null {
  const numbers = samples.map(([, text]) => Number(text)).filter((value) => Number.isFinite(value));
  return numbers.length === 0 ? null : numbers.reduce((sum, value) => sum + value, 0);
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
