/**
 * go.sum and go.work.sum (https://go.dev/ref/mod#go-sum-files): lines of `path version hash`, where a version with `/go.mod` behind it
 * means the module's go.mod alone. Pure: text in, a record of every line out; nothing is left out of the count.
 */

export interface SumLine {
  /** 1-based. */
  readonly line: number;
  readonly path: string;
  /** Without `/go.mod`. */
  readonly version: string;
  /** The hash is of the module's go.mod only, not of its zip. */
  readonly goMod: boolean;
  /** `h1:` and 44 characters of base64 (SHA-256), or a kind of hash that go passes over. */
  readonly hash: string;
  /** Why this is no line of a go.sum, '' if it is one; path, version and hash are then what could be made out. */
  readonly problem: string;
}

/** A module version that two lines give different hashes. */
export interface SumConflict {
  readonly first: SumLine;
  readonly second: SumLine;
}

/** Fields as Go's strings.Fields splits them: Unicode white space; the carriage return of CRLF is some. */
const SPACE = /[\t\n\v\f\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+/;
/** h1: SHA-256 in standard base64. */
const H1 = /^h1:[A-Za-z0-9+/]{43}=$/;
const SHOWN = 80;

/** Every line that is not blank, in the order of the file. */
export function parseSumFile(text: string): SumLine[] {
  const lines: SumLine[] = [];
  let number = 0;
  for (let start = 0; start < text.length; ) {
    const newline = text.indexOf('\n', start);
    const end = newline < 0 ? text.length : newline;
    number++;
    const fields = text
      .slice(start, end)
      .split(SPACE)
      .filter((field) => field !== '');
    start = end + 1;
    if (fields.length > 0) lines.push(sumLine(fields, number));
  }
  return lines;
}

function sumLine(fields: readonly string[], line: number): SumLine {
  const [path = '', suffixed = '', hash = ''] = fields;
  const goMod = suffixed.endsWith('/go.mod');
  const version = goMod ? suffixed.slice(0, -'/go.mod'.length) : suffixed;
  return { line, path, version, goMod, hash, problem: problemOf(fields, path, version, hash) };
}

function problemOf(fields: readonly string[], path: string, version: string, hash: string): string {
  if (fields.length !== 3)
    return `it has ${fields.length} fields instead of 3 (module, version, hash): go refuses the file`;
  if (!isModulePath(path)) return `${JSON.stringify(path.slice(0, SHOWN))} is no module path`;
  if (!isVersion(version)) return `${JSON.stringify(version.slice(0, SHOWN))} is no version of a module`;
  if (hash.startsWith('h1:') && !H1.test(hash)) return 'its h1: is no SHA-256 in base64 (44 characters)';
  if (!/^[a-z0-9]+:./.test(hash)) return `${JSON.stringify(hash.slice(0, SHOWN))} is no hash such as h1:…`;
  return '';
}

/** What may stand in an address and a file name: module.CheckPath of golang.org/x/mod, without its list of Windows' names. */
export function isModulePath(path: string): boolean {
  if (path.length > 1024) return false;
  const elements = path.split('/');
  return (
    !path.startsWith('-') &&
    elements.every((e) => /^[A-Za-z0-9\-._~]+$/.test(e) && !e.startsWith('.') && !e.endsWith('.'))
  );
}

/** `v1.2.3`, `v0.0.0-20200101000000-0123456789ab`, `v2.0.0+incompatible`. */
export function isVersion(version: string): boolean {
  return (
    version.length <= 256 &&
    /^v\d+\.\d+\.\d+(?:-[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?(?:\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?$/.test(version)
  );
}

/** Capital letters as `!` and the small one: how proxies, databases and the module cache spell paths and versions. */
export function escapeModule(text: string): string {
  return text.replace(/[A-Z]/g, (letter) => `!${letter.toLowerCase()}`);
}

/** Name of what a line is about, e.g. `golang.org/x/mod@v0.30.0` or `golang.org/x/mod@v0.30.0/go.mod`. */
export function lineName({ path, version, goMod }: Pick<SumLine, 'path' | 'version' | 'goMod'>): string {
  return `${path}@${version}${goMod ? '/go.mod' : ''}`;
}

/** Lines that give one module version different h1 hashes, each with the first one of it. go refuses the module then. */
export function sumConflicts(lines: readonly SumLine[]): SumConflict[] {
  const first = new Map<string, SumLine>();
  const found: SumConflict[] = [];
  for (const line of lines) {
    if (line.problem !== '' || !line.hash.startsWith('h1:')) continue;
    const before = first.get(lineName(line));
    if (before === undefined) first.set(lineName(line), line);
    else if (before.hash !== line.hash) found.push({ first: before, second: line });
  }
  return found;
}
