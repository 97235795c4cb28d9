/** Reads what other tools saw containers call: tells the tool by the content, whatever the file is called. */
import { parseAllDocuments } from 'yaml';
import { EvidenceError } from '../../error.ts';
import { isAdvice, isEvent, readAdvice, readEvents } from './inspektor-gadget.ts';
import { isKubescape, readKubescape } from './kubescape.ts';
import type { ImportedSet } from './set.ts';

const FORMAT = 'imported syscalls';
/** An hour of traceloop on a busy node. */
const MAX_BYTES = 256 << 20;
/** The tree of a YAML document takes some hundred bytes for every few; profiles have 10 KiB to 2 MiB. */
const MAX_YAML_BYTES = 8 << 20;

/**
 * @param bytes one file
 * @param what how errors name it, e.g. its path
 * @throws EvidenceError
 */
export function readImportedSets(bytes: Uint8Array, what = 'the file'): ImportedSet[] {
  if (bytes.length > MAX_BYTES)
    throw new EvidenceError(
      FORMAT,
      `${what} has ${bytes.length} bytes, which is more than ${MAX_BYTES}: give a part of it`,
    );
  const text = new TextDecoder().decode(bytes);
  if (text.trim() === '') throw new EvidenceError(FORMAT, `${what} is empty`);
  if (isAdvice(text)) return readAdvice(text, what);
  const { values, cut } =
    text.trimStart().startsWith('{') || text.trimStart().startsWith('[')
      ? jsonIn(text, what)
      : { values: yamlIn(text, bytes.length, what), cut: '' };
  const sets = setsOf(values, what);
  return cut === '' ? sets : sets.map((set) => ({ ...set, notes: [...set.notes, cut] }));
}

function setsOf(values: readonly unknown[], what: string): ImportedSet[] {
  if (values.some(isKubescape)) return readKubescape(values, what);
  if (values.some(isEvent)) return readEvents(values, what);
  if (values.some((value) => typeof value === 'object' && value !== null && 'defaultAction' in value))
    throw new EvidenceError(
      FORMAT,
      `${what} is a seccomp profile, which says what is allowed, not what was seen; of advise_seccomp keep the line "// CONTAINER" above it`,
    );
  throw new EvidenceError(
    FORMAT,
    `${what} is no recording, no profile of Kubescape and no output of Inspektor Gadget (advise_seccomp, traceloop -o json)`,
  );
}

/** One document, an array, or objects one after the other, each in a line or indented. */
function jsonIn(text: string, what: string): { values: readonly unknown[]; cut: string } {
  try {
    const whole: unknown = JSON.parse(text);
    return { values: Array.isArray(whole) ? whole : [whole], cut: '' };
  } catch {
    // Several objects, or a file that was cut.
  }
  const values: unknown[] = [];
  const lines = text.split('\n');
  for (let at = 0; at < lines.length; ) {
    if ((lines[at] ?? '').trim() === '') {
      at++;
      continue;
    }
    const begin = at;
    const one = parsed(lines[at++] ?? '');
    if (one !== undefined) {
      values.push(one);
      continue;
    }
    // Indented: it begins and ends with a line that is a brace alone.
    if (lines[begin] === '{') while (at < lines.length && lines[at - 1] !== '}') at++;
    const several = parsed(lines.slice(begin, at).join('\n'));
    if (several !== undefined) values.push(several);
    else if (values.length === 0 || lines.slice(at).some((line) => line.trim() !== ''))
      throw new EvidenceError(FORMAT, `${what} line ${begin + 1} is not JSON`);
    else return { values, cut: `line ${begin + 1} of ${what} was cut off and left out` };
  }
  return { values, cut: '' };
}

function parsed(json: string): unknown {
  try {
    const value: unknown = JSON.parse(json);
    return value;
  } catch {
    return undefined;
  }
}

function yamlIn(text: string, size: number, what: string): readonly unknown[] {
  if (size > MAX_YAML_BYTES)
    throw new EvidenceError(
      FORMAT,
      `${what} has ${size} bytes of YAML, which is more than ${MAX_YAML_BYTES}: get it with -o json`,
    );
  try {
    const documents = parseAllDocuments(text, { logLevel: 'silent', prettyErrors: false });
    const list = Array.isArray(documents) ? documents : [];
    const wrong = list.flatMap((document) => document.errors)[0];
    if (wrong !== undefined) throw new Error((wrong.message.split('\n')[0] ?? '').slice(0, 200));
    return list.map((document): unknown => document.toJS({ maxAliasCount: 100 }));
  } catch (error) {
    // A RangeError where it is nested too deep for the stack.
    const why =
      error instanceof RangeError ? 'it is nested too deep' : error instanceof Error ? error.message : 'no YAML';
    throw new EvidenceError(FORMAT, `${what} could not be read as YAML: ${why}`);
  }
}
