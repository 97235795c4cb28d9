/**
 * go.mod, and the line syntax that it shares with go.work (https://go.dev/ref/mod#go-mod-file). Pure: text in, a record
 * out. Lines that make no sense are passed over and said in `problems`, because a review can go on without them.
 */

export interface ModuleVersion {
  readonly path: string;
  /** `v1.2.3`; '' in a replacement's new side means a directory, in its old side any version. */
  readonly version: string;
}

export interface Replacement {
  readonly old: ModuleVersion;
  readonly new: ModuleVersion;
}

export interface ModFile {
  /** '' where the file has no module line. */
  readonly module: string;
  /** Of the go line: [major, minor]; null without one. */
  readonly go: readonly [number, number] | null;
  /** `go1.27.1`, `default`, or ''. */
  readonly toolchain: string;
  readonly require: readonly ModuleVersion[];
  readonly replace: readonly Replacement[];
  readonly exclude: readonly ModuleVersion[];
  /** Directories that patterns pass over, as written: `./x` from the module's root, `x` anywhere (Go 1.25). */
  readonly ignore: readonly string[];
  /** `go.mod:12: …`, one sentence each. */
  readonly problems: readonly string[];
}

/** One directive: its verb and arguments, whether it stood on its own line or in a block. */
export interface Directive {
  readonly verb: string;
  readonly words: readonly string[];
  readonly line: number;
}

const VERBS = new Set('module go toolchain require replace exclude retract godebug tool ignore'.split(' '));

export function parseModFile(text: string, path: string): ModFile {
  const problems: string[] = [];
  let module = '';
  let go: readonly [number, number] | null = null;
  let toolchain = '';
  const require: ModuleVersion[] = [];
  const replace: Replacement[] = [];
  const exclude: ModuleVersion[] = [];
  const ignore: string[] = [];
  for (const { verb, words, line } of directives(text, path, problems)) {
    const bad = (says: string): void => {
      problems.push(`${path}:${line}: ${says}`);
    };
    const [first = '', second = ''] = words;
    if (!VERBS.has(verb)) bad(`unknown directive ${verb}: it is passed over`);
    else if (verb === 'module') {
      if (first === '') bad('module names no path');
      else module = first;
    } else if (verb === 'go') {
      go = parseGoVersion(first);
      if (go === null) bad(`${first === '' ? 'go names no version' : `${first} is no Go version`}: write e.g. go 1.26`);
    } else if (verb === 'toolchain') toolchain = first;
    else if (verb === 'require' || verb === 'exclude') {
      if (first === '' || second === '') bad(`${verb} needs a module path and a version`);
      else (verb === 'require' ? require : exclude).push({ path: first, version: second });
    } else if (verb === 'replace') {
      const replacement = parseReplacement(words);
      if (replacement === null) bad('replace needs the form: path [version] => path [version]');
      else replace.push(replacement);
    } else if (verb === 'ignore') {
      if (first !== '') ignore.push(first);
    }
  }
  if (module === '') problems.push(`${path}: no module line: its packages get their directories as import paths`);
  return { module, go, toolchain, require, replace, exclude, ignore, problems };
}

/** `old [v] => new [v]`, or null. */
export function parseReplacement(words: readonly string[]): Replacement | null {
  const arrow = words.indexOf('=>');
  const [oldPath = '', oldVersion = ''] = words.slice(0, Math.max(arrow, 0));
  const [newPath = '', newVersion = ''] = words.slice(arrow + 1);
  if (arrow < 1 || arrow > 2 || newPath === '' || words.length > arrow + 3) return null;
  return { old: { path: oldPath, version: oldVersion }, new: { path: newPath, version: newVersion } };
}

/** `1.26`, `1.26.3`, `1.27rc1` or with `go` before it; null for anything else. */
export function parseGoVersion(text: string): readonly [number, number] | null {
  const match = /^(?:go)?(\d{1,4})(?:\.(\d{1,4})(?:\.\d+)?(?:(?:rc|beta)\d+)?(?:[-+].*)?)?$/.exec(text);
  return match === null ? null : [Number(match[1]), Number(match[2] ?? 0)];
}

/** Directives of go.mod or go.work; blocks taken apart, comments dropped, strings unquoted. */
export function directives(text: string, path: string, problems: string[]): Directive[] {
  const found: Directive[] = [];
  let block = '';
  let blockLine = 0;
  for (const [index, raw] of text
    .replace(/^\uFEFF/, '')
    .split('\n')
    .entries()) {
    const line = index + 1;
    const words = splitWords(raw);
    if (words === null) {
      problems.push(`${path}:${line}: a string is not closed`);
      continue;
    }
    const [first] = words;
    if (first === undefined) continue;
    if (block !== '') {
      if (first === ')') block = '';
      else found.push({ verb: block, words, line });
    } else if (words[1] === '(') {
      // `require ()` on one line is an empty block.
      if (words[2] !== ')') {
        block = first;
        blockLine = line;
      }
    } else {
      found.push({ verb: first, words: words.slice(1), line });
    }
  }
  if (block !== '') problems.push(`${path}:${blockLine}: the block of ${block} is not closed`);
  return found;
}

/** Words of a line without its comment; `(` and `)` are words of their own. Null: a string does not end. */
function splitWords(line: string): string[] | null {
  const words: string[] = [];
  const word = /\s*(?:(\/\/.*)|"((?:[^"\\]|\\.)*)"|`([^`]*)`|([()])|((?:(?!\/\/)[^\s()"`])+)|(["`]))/y;
  for (let at = 0; at < line.length; at = word.lastIndex) {
    word.lastIndex = at;
    const match = word.exec(line);
    if (match === null || match[1] !== undefined) break;
    if (match[6] !== undefined) return null;
    words.push(match[2]?.replace(/\\(.)/g, '$1') ?? match[3] ?? match[4] ?? match[5] ?? '');
  }
  return words;
}
