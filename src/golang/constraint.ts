/**
 * Build constraints: which files belong to a package on one platform. Semantics are those of `go help buildconstraint`
 * and go/build; pure functions over text.
 */

/** What constraints are decided by. */
export interface Platform {
  readonly goos: string;
  readonly goarch: string;
  readonly cgo: boolean;
  /** Every other tag that holds: custom ones, `go1.N`, `goexperiment.x`, `amd64.v1`. */
  readonly tags: ReadonlySet<string>;
}

/** Names that mean something at the end of a file name; past, present and future ones. */
export const KNOWN_OS: ReadonlySet<string> = new Set(
  'aix android darwin dragonfly freebsd hurd illumos ios js linux nacl netbsd openbsd plan9 solaris wasip1 windows zos'.split(
    ' ',
  ),
);
const UNIX_OS = new Set(
  'aix android darwin dragonfly freebsd hurd illumos ios linux netbsd openbsd solaris'.split(' '),
);
export const KNOWN_ARCH: ReadonlySet<string> = new Set(
  (
    '386 amd64 amd64p32 arm armbe arm64 arm64be loong64 mips mipsle mips64 mips64le mips64p32 mips64p32le ppc ppc64 ' +
    'ppc64le riscv riscv64 s390 s390x sparc sparc64 wasm'
  ).split(' '),
);

/** Whether a tag holds. */
export function tagHolds(tag: string, platform: Platform): boolean {
  const { goos, goarch, tags } = platform;
  if (tag === 'cgo' && platform.cgo) return true;
  if (tag === goos || tag === goarch || tag === 'gc') return true;
  if (tag === 'linux' && goos === 'android') return true;
  if (tag === 'solaris' && goos === 'illumos') return true;
  if (tag === 'darwin' && goos === 'ios') return true;
  if (tag === 'unix' && UNIX_OS.has(goos)) return true;
  if (tag === 'boringcrypto') return tags.has('goexperiment.boringcrypto') || tags.has(tag);
  return tags.has(tag);
}

/**
 * Whether a file's name lets it in: `x_GOOS.go`, `x_GOARCH.go`, `x_GOOS_GOARCH.go`, each also before `_test`. What stands
 * before the first `_` never counts, nor what comes after the first dot.
 */
export function nameHolds(fileName: string, platform: Platform): boolean {
  const dot = fileName.indexOf('.');
  const stem = dot === -1 ? fileName : fileName.slice(0, dot);
  const first = stem.indexOf('_');
  if (first === -1) return true;
  const parts = stem.slice(first).split('_');
  if (parts.at(-1) === 'test') parts.pop();
  const last = parts.at(-1) ?? '';
  const before = parts.at(-2) ?? '';
  if (KNOWN_ARCH.has(last) && KNOWN_OS.has(before)) return tagHolds(last, platform) && tagHolds(before, platform);
  return KNOWN_OS.has(last) || KNOWN_ARCH.has(last) ? tagHolds(last, platform) : true;
}

/**
 * The constraint in a file's text before its package clause: its `//go:build` line if there is one, else its
 * `// +build` lines joined by line breaks, else ''. The latter count only above a blank line, so that a package's doc
 * comment is never taken for one.
 */
export function constraintOf(header: string): string {
  if (!header.includes('//go:build') && !header.includes('+build')) return '';
  const legacy: string[] = [];
  let pending: string[] = [];
  let sawCode = false;
  let inGeneral = false;
  const lines = header.split('\n');
  // What follows the last line break is the beginning of the line of the package clause: not a blank line.
  if (lines.at(-1)?.trim() === '') lines.pop();
  for (const raw of lines) {
    let line = raw.trim();
    if (line === '' && !sawCode) {
      legacy.push(...pending);
      pending = [];
      continue;
    }
    if (!line.startsWith('//')) sawCode = true;
    if (!inGeneral && /^\/\/go:build(\s|$)/.test(line)) return line;
    if (!sawCode && /^\/\/[ \t]*\+build([ \t]|$)/.test(line)) pending.push(line);
    while (line !== '') {
      if (inGeneral) {
        const end = line.indexOf('*/');
        if (end === -1) break;
        inGeneral = false;
        line = line.slice(end + 2).trim();
      } else if (line.startsWith('//')) {
        break;
      } else if (line.startsWith('/*')) {
        inGeneral = true;
        line = line.slice(2).trim();
      } else {
        return legacy.join('\n');
      }
    }
  }
  return legacy.join('\n');
}

/** Whether a constraint (as constraintOf gives it) holds; null where it is no constraint. '' holds. */
export function constraintHolds(constraint: string, platform: Platform): boolean | null {
  if (constraint === '') return true;
  const holds = (tag: string): boolean => tagHolds(tag, platform);
  if (constraint.startsWith('//go:build')) return evaluate(constraint.slice('//go:build'.length), holds);
  return constraint.split('\n').every((line) => legacyHolds(line, holds));
}

/** `// +build a,b c`: spaces are "or", commas "and". A malformed line is passed over, as go/build does. */
function legacyHolds(line: string, holds: (tag: string) => boolean): boolean {
  const options = line
    .replace(/^\/\/[ \t]*\+build/, '')
    .split(/\s+/)
    .filter((option) => option !== '');
  // Without any option the line is never true.
  return options.some((option) =>
    option.split(',').every((term) => {
      const negated = term.startsWith('!');
      const tag = negated ? term.slice(1) : term;
      return /^[\p{L}\p{Nd}_.]+$/u.test(tag) && holds(tag) !== negated;
    }),
  );
}

const TERM = /\s*(?:(\|\||&&|[!()])|([\p{L}\p{Nd}_.]+))/uy;
const POWER: Readonly<Record<string, number>> = { '||': 1, '&&': 2, '!': 3 };

/** Operator precedence with two stacks, so that no input is too deep. Null for anything that is no expression. */
function evaluate(expression: string, holds: (tag: string) => boolean): boolean | null {
  const values: boolean[] = [];
  const operators: string[] = [];
  const apply = (): void => {
    const operator = operators.pop();
    const right = values.pop() ?? false;
    if (operator === '!') values.push(!right);
    else {
      const left = values.pop() ?? false;
      values.push(operator === '&&' ? left && right : left || right);
    }
  };
  const text = expression.trimEnd();
  let wantsOperand = true;
  TERM.lastIndex = 0;
  let at = 0;
  while (at < text.length) {
    TERM.lastIndex = at;
    const match = TERM.exec(text);
    if (match === null) return null;
    at = TERM.lastIndex;
    const [, symbol, tag] = match;
    if (tag !== undefined) {
      if (!wantsOperand) return null;
      values.push(holds(tag));
      wantsOperand = false;
    } else if (symbol === '!' || symbol === '(') {
      if (!wantsOperand) return null;
      operators.push(symbol);
    } else if (symbol === ')') {
      if (wantsOperand) return null;
      while (operators.length > 0 && operators.at(-1) !== '(') apply();
      if (operators.pop() !== '(') return null;
    } else if (symbol !== undefined) {
      if (wantsOperand) return null;
      const power = POWER[symbol] ?? 0;
      while (operators.length > 0 && (POWER[operators.at(-1) ?? ''] ?? 0) >= power) apply();
      operators.push(symbol);
      wantsOperand = true;
    }
  }
  if (wantsOperand) return null;
  while (operators.length > 0) {
    if (operators.at(-1) === '(') return null;
    apply();
  }
  return values.length === 1 ? (values[0] ?? null) : null;
}

/** Tags that hold with every build of a toolchain: `go1.1` … `go1.minor`, its default experiments, the base level of the architecture. */
export function toolTags(goos: string, goarch: string, minor: number): string[] {
  const tags: string[] = [];
  for (let n = 1; n <= minor; n++) tags.push(`go1.${n}`);
  for (const experiment of experiments(goos, goarch, minor)) tags.push(`goexperiment.${experiment}`);
  const level = ARCH_LEVEL[goarch];
  if (level !== undefined) for (const name of level) tags.push(`${goarch}.${name}`);
  return tags;
}

const ARCH_LEVEL: Readonly<Record<string, readonly string[]>> = {
  '386': ['sse2'],
  amd64: ['v1'],
  arm: ['5', '6', '7'],
  arm64: ['v8.0'],
  mips: ['hardfloat'],
  mipsle: ['hardfloat'],
  mips64: ['hardfloat'],
  mips64le: ['hardfloat'],
  ppc64: ['power8'],
  ppc64le: ['power8'],
  riscv64: ['rva20u64'],
  wasm: ['satconv', 'signext'],
};

/** What internal/buildcfg turns on by default, by Go version. */
function experiments(goos: string, goarch: string, minor: number): string[] {
  const names: string[] = [];
  const registerAbi = ['amd64', 'arm64', 'loong64', 'ppc64', 'ppc64le', 'riscv64', 's390x'];
  if (registerAbi.includes(goarch) && minor >= 17) names.push('regabiwrappers', 'regabiargs');
  if (minor === 20) names.push('unified');
  if (minor === 22) names.push('allocheaders', 'exectracer2');
  if (minor >= 20 && minor <= 24) names.push('coverageredesign');
  if (minor >= 24 && minor <= 25) names.push('aliastypeparams', 'swissmap', 'synchashtriemap');
  if (minor === 24) names.push('spinbitmutex');
  if (minor >= 25 && !['darwin', 'ios', 'aix'].includes(goos)) names.push('dwarf5');
  if (minor >= 26) names.push('greenteagc', 'randomizedheapbase64');
  if (minor >= 27) names.push('jsonv2', 'sizespecializedmalloc');
  return names;
}
