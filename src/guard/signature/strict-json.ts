/**
 * JSON that was signed, or that holds what was signed. Two readers must not see two things in it: Go takes the last of two equal
 * keys (and matches them without regard to case), others the first, so equal keys are an error here, and so is depth without end.
 */

/** Deeper than any envelope, statement or bill of materials that was seen. */
const MAX_DEPTH = 200;

/** What is wrong with bytes that claim to be signed material; a sentence without a full stop, to be put behind the place. */
export class SignatureFormatError extends Error {
  override readonly name = 'SignatureFormatError';
}

/**
 * Reads strict UTF-8 JSON without duplicate keys (compared without regard to case) and at most 200 levels deep.
 * @param what for the message, e.g. `the bundle`
 * @throws SignatureFormatError and nothing else
 */
export function parseStrictJson(bytes: Uint8Array, what: string): unknown {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new SignatureFormatError(`${what} is not UTF-8`);
  }
  // The scan comes first: it holds the depth that the parser is then given.
  checkKeys(text, what);
  try {
    return JSON.parse(text);
  } catch {
    throw new SignatureFormatError(`${what} is not JSON (${bytes.length} bytes; perhaps it was cut off)`);
  }
}

/** One pass over the text: strings are skipped as JSON has them, and a string before a colon is a key of the innermost object. */
function checkKeys(text: string, what: string): void {
  /** One set of keys for every open object, null for an array. */
  const open: (Set<string> | null)[] = [];
  const structure = /["{}[\]]/g;
  for (let found = structure.exec(text); found !== null; found = structure.exec(text)) {
    const at = found.index;
    const sign = found[0];
    if (sign === '{' || sign === '[') {
      open.push(sign === '{' ? new Set() : null);
      if (open.length > MAX_DEPTH) throw new SignatureFormatError(`${what} is nested deeper than ${MAX_DEPTH} levels`);
    } else if (sign === '"') {
      const end = endOfString(text, at);
      if (end === -1)
        throw new SignatureFormatError(`${what} is not JSON (a string does not end; perhaps it was cut off)`);
      structure.lastIndex = end + 1;
      const keys = open.at(-1);
      if (keys && isKey(text, end + 1)) addKey(keys, text.slice(at, end + 1), what);
    } else {
      open.pop();
    }
  }
}

function endOfString(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 0x5c) at++;
    else if (code === 0x22) return at;
  }
  return -1;
}

function isKey(text: string, from: number): boolean {
  for (let at = from; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 0x3a) return true;
    if (code !== 0x20 && code !== 0x09 && code !== 0x0a && code !== 0x0d) return false;
  }
  return false;
}

function addKey(keys: Set<string>, literal: string, what: string): void {
  let key: unknown;
  try {
    key = JSON.parse(literal);
  } catch {
    throw new SignatureFormatError(`${what} is not JSON (a key is not a string of JSON)`);
  }
  const folded = String(key).toLowerCase();
  if (keys.has(folded)) {
    throw new SignatureFormatError(
      `${what} has the key ${JSON.stringify(String(key).slice(0, 60))} twice, so that two readers can see two things in it`,
    );
  }
  keys.add(folded);
}
