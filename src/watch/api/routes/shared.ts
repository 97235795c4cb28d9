/** Pieces of schema that several routes share. Whatever gets as far as a handler is of these shapes. */
import { z } from 'zod';
import type { Backend } from '../backend.ts';
import { problemAnswer } from '../contract.ts';
import { ApiProblem } from '../problem.ts';

export const findingId = z.string().regex(/^[0-9a-f]{16}$/, 'is no id of a finding');
export const targetId = z.string().regex(/^[0-9a-f]{16}$/, 'is no id of an instance');
export const captureId = z.string().regex(/^[0-9a-z]{1,12}-[0-9a-f]{8}$/, 'is no id of a capture');
/** Of an environment or service; `-` stands for the empty one. */
export const name = z.string().max(300);

const time = z.coerce.number().min(0).max(8.64e15);
export const range = z.object({ from: time.optional(), to: time.optional() });

/** What may come instead of an answer. */
export const problems = { '4xx': problemAnswer, '5xx': problemAnswer } as const;

const DAY = 86_400_000;

/** The range asked for; the last 24 h where nothing was. Throws ApiProblem where it ends before it begins. */
export function rangeOf(asked: z.infer<typeof range>, backend: Backend): { from: number; to: number } {
  const to = asked.to ?? backend.now();
  const from = asked.from ?? to - DAY;
  if (from >= to) throw new ApiProblem(400, 'The range ends before it begins: `from` has to be below `to`.');
  return { from, to };
}

export function nameOf(param: string): string {
  return param === '-' ? '' : param;
}

/** The name of an instance; its id where the target is gone. */
export function instanceName(backend: Backend): (id: string) => string {
  return (id) => backend.target(id)?.info.instance ?? id;
}
