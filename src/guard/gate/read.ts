/** Reads the `gate:` section of `.hemostat.yaml`; every mistake has its line and column. */
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { PROJECT_SECTIONS } from '../../findings/project-file.ts';
import { isYamlProblem, readSettings, type YamlProblem } from '../../findings/yaml-file.ts';
import { GuardUsageError, reasonOf } from '../error.ts';
import { isRecord } from '../json/values.ts';
import { type GateConfig, GateSettings } from './settings.ts';

/** `review` is read by the review, with a schema of its own. */
const File = z.strictObject({ gate: GateSettings.prefault({}), review: z.unknown().optional() });

/** The sections of parts as they stand in the file: what flags are put over before a part reads them. */
export type RawSections = Readonly<Record<string, unknown>>;

export interface GateFile {
  /** null: there is no file. */
  readonly path: string | null;
  readonly config: GateConfig;
  readonly raw: RawSections;
  /** Whether the file says anything about the gate. */
  readonly hasGate: boolean;
}

export const NO_GATE: GateFile = { path: null, config: GateSettings.parse({}), raw: {}, hasGate: false };

export function parseGate(text: string): Omit<GateFile, 'path'> | YamlProblem {
  const read = readSettings(text, File);
  if (!('data' in read)) return read[0];
  const { data, yaml } = read;
  const gate = isRecord(yaml.value) ? yaml.value[PROJECT_SECTIONS[1]] : undefined;
  return { config: data.gate, raw: isRecord(gate) ? gate : {}, hasGate: gate !== undefined };
}

/** @throws GuardUsageError where the file cannot be read or is wrong. `shown`: its name in sentences. */
export function loadGate(path: string | null, shown: string): GateFile {
  if (path === null) return NO_GATE;
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new GuardUsageError(
      `${shown} cannot be read (${reasonOf(error)}); name a configuration, or leave --config out`,
    );
  }
  const read = parseGate(text);
  if (isYamlProblem(read)) throw new GuardUsageError(`${shown}:${read.line}:${read.column}: ${read.message}`);
  return { path, ...read };
}

/**
 * What a part is given: its section of the file with the words of the command line over it. The file was checked already, so that a
 * mistake here is one of the command line.
 * @throws GuardUsageError
 */
export function settingsOf<S extends z.ZodType>(
  schema: S,
  raw: RawSections,
  part: string,
  flags: Readonly<Record<string, unknown>>,
): z.infer<S> {
  const parsed = schema.safeParse(merged(raw[part] ?? {}, flags));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const name = issue === undefined || issue.path.length === 0 ? part : `${part}.${issue.path.join('.')}`;
  throw new GuardUsageError(
    `${name}: ${issue?.message ?? 'this cannot be'}; hemostat guard ${part} --help says what can`,
  );
}

/** Maps go together, anything else is replaced; what is undefined says nothing. */
function merged(base: unknown, over: unknown): unknown {
  if (over === undefined) return base;
  if (!isRecord(base) || !isRecord(over)) return over;
  const both = new Map(Object.entries(base));
  for (const [key, value] of Object.entries(over)) if (value !== undefined) both.set(key, merged(base[key], value));
  return Object.fromEntries(both);
}
