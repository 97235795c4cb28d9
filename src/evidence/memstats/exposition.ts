/**
 * Prometheus text exposition format 0.0.4 and OpenMetrics 1.0 as columns, names in quotes (Prometheus 3) included:
 *
 *     # TYPE http_requests_total counter
 *     http_requests_total{code="200",path="/a \"b\""} 12 1712345678000
 *     {"http.requests", code="500"} 3 # {trace_id="x"} 1
 */

export interface Samples {
  readonly count: number;
  /** Index into `names`. */
  readonly name: Int32Array;
  readonly names: readonly string[];
  /** The text between the braces as written, empty where there are none; `parseLabels` reads it. */
  readonly labels: readonly string[];
  readonly value: Float64Array;
  /** `# TYPE` of a metric family: counter, gauge, histogram, summary, … */
  readonly types: ReadonlyMap<string, string>;
  /** Lines that are neither comment nor sample. */
  readonly unread: number;
}

const QUOTE = 34;
const BACKSLASH = 92;

/** Reads all samples; lines that cannot be read are counted and stepped over. */
export function readSamples(text: string): Samples {
  const indices = new Map<string, number>();
  const names: number[] = [];
  const labels: string[] = [];
  const values: number[] = [];
  const types = new Map<string, string>();
  let unread = 0;
  for (let at = 0; at < text.length; ) {
    const newline = text.indexOf('\n', at);
    const end = newline < 0 ? text.length : newline;
    let start = at;
    while (start < end && isBlank(text.charCodeAt(start))) start++;
    at = end + 1;
    if (start === end || text.charCodeAt(start) === 13) continue;
    if (text.charCodeAt(start) === 35) {
      // Most comments are HELP, which nobody reads here: half of the time of a page goes into looking at them closely.
      if (!text.startsWith(' HELP ', start + 1)) readType(text.slice(start, Math.min(end, start + 4096)), types);
      continue;
    }
    const sample = readSample(text, start, end);
    if (sample === null) {
      unread++;
      continue;
    }
    let index = indices.get(sample.name);
    if (index === undefined) {
      index = indices.size;
      indices.set(sample.name, index);
    }
    names.push(index);
    labels.push(sample.labels);
    values.push(sample.value);
  }
  return {
    count: names.length,
    name: Int32Array.from(names),
    names: [...indices.keys()],
    labels,
    value: Float64Array.from(values),
    types,
    unread,
  };
}

function readType(comment: string, types: Map<string, string>): void {
  const [, keyword, family, type] = comment.split(/\s+/, 4);
  if (keyword === 'TYPE' && family !== undefined && type !== undefined) types.set(unquoted(family), type);
}

function readSample(text: string, from: number, end: number) {
  let p = from;
  while (p < end && isName(text.charCodeAt(p))) p++;
  let name = text.slice(from, p);
  let labels = '';
  while (p < end && isBlank(text.charCodeAt(p))) p++;
  if (text[p] === '{') {
    const close = braceEnd(text, p + 1, end);
    if (close < 0) return null;
    labels = text.slice(p + 1, close);
    p = close + 1;
  }
  if (name === '') {
    // The name is the first item between the braces, in quotes and without a value.
    const [first] = labelItems(labels);
    if (first === undefined || first.value !== null) return null;
    name = first.key;
  }
  while (p < end && isBlank(text.charCodeAt(p))) p++;
  let stop = p;
  while (stop < end && !isBlank(text.charCodeAt(stop)) && text.charCodeAt(stop) !== 13) stop++;
  const value = parseValue(text.slice(p, Math.min(stop, p + 64)));
  return value === null ? null : { name, labels, value };
}

/** Position of the closing brace outside of quotes, or -1. */
function braceEnd(text: string, from: number, end: number): number {
  let inQuotes = false;
  for (let p = from; p < end; p++) {
    const c = text.charCodeAt(p);
    if (inQuotes && c === BACKSLASH) p++;
    else if (c === QUOTE) inQuotes = !inQuotes;
    else if (c === 125 && !inQuotes) return p;
  }
  return -1;
}

function parseValue(text: string): number | null {
  // Short whole numbers are most of a page.
  if (text.length <= 15 && /^\d+$/.test(text)) return Number(text);
  switch (text.toLowerCase()) {
    case 'nan':
      return Number.NaN;
    case '+inf':
    case 'inf':
      return Number.POSITIVE_INFINITY;
    case '-inf':
      return Number.NEGATIVE_INFINITY;
    default:
      return /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(text) ? Number(text) : null;
  }
}

/** Labels of a sample; escapes (`\\`, `\"`, `\n`) resolved. */
export function parseLabels(text: string): ReadonlyMap<string, string> {
  const labels = new Map<string, string>();
  for (const { key, value } of labelItems(text)) if (value !== null) labels.set(key, value);
  return labels;
}

function* labelItems(text: string): Generator<{ key: string; value: string | null }> {
  // key="value" or "quoted key"="value" or, for a quoted metric name, "name"
  const item = /\s*(?:("(?:[^"\\]|\\.)*")|([^\s=,"]+))\s*(?:=\s*("(?:[^"\\]|\\.)*"))?\s*(?:,|$)/sy;
  for (let at = 0; at < text.length; at = item.lastIndex) {
    item.lastIndex = at;
    const match = item.exec(text);
    if (match === null) return;
    const [, quotedKey, key, value] = match;
    yield { key: unquoted(quotedKey ?? key ?? ''), value: value === undefined ? null : unquoted(value) };
  }
}

function unquoted(text: string): string {
  if (!text.startsWith('"')) return text;
  return text.slice(1, -1).replaceAll(/\\(.)/gs, (_, c: string) => (c === 'n' ? '\n' : c));
}

function isBlank(c: number): boolean {
  return c === 32 || c === 9;
}

/** `[a-zA-Z_:][a-zA-Z0-9_:]*`, and dots, which some exporters use. */
function isName(c: number): boolean {
  return (c >= 97 && c <= 122) || (c >= 65 && c <= 90) || (c >= 48 && c <= 58) || c === 95 || c === 46;
}
