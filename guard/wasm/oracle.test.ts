/**
 * The scanner of code beside a real parser (oxc, by way of vite): programs put together by chance of what is hard to tell apart. What
 * the parser sees called, the filter must find; what it calls a plain call, the parser must see as one.
 */
import { parseAst } from 'vite';
import { beforeAll, expect, it } from 'vitest';
import { isRecord } from '../../src/guard/json/values.ts';
import { randomly } from '../../src/testing/random.ts';
import { buildFilter } from './build.ts';
import { ProxyWasmHost } from './host.ts';

const SEED = Number(process.env.HEMOSTAT_SEED ?? 1);
const PROGRAMS = Number(process.env.HEMOSTAT_PROGRAMS ?? 30_000);

/** Whole pieces, so that chance makes programs that parse; and single characters, so that it makes strange ones. */
const PIECES = [
  ...['eval(x)', 'eval', 'atob(y)', '(0,eval)(z)', 'window.eval(1)', 'eval?.(2)', 'eval/**/(3)', 'self["ev"+"al"](4)'],
  ...['a', 'b', 'x.y', '1', '1.', '.5', 'a++', '--b', 'a=', 'a/', '/b', '/2', '/"/', "/'/", '/`/', '/[/"]/g', '/a/.b'],
  ...[
    'if(a)',
    'while(a)',
    'for(;;)',
    'else ',
    'do ',
    'return ',
    'typeof ',
    'void ',
    'yield ',
    'await ',
    'async ',
    'of',
  ],
  ...[
    'function f(){',
    'class A{',
    '()=>{',
    '()=>',
    'x=>',
    '{',
    '}',
    '({',
    '})',
    '(',
    ')',
    '[',
    ']',
    ';',
    ',',
    ':',
    '?',
  ],
  ...['"', "'", '`', '${', '"a"', "'b'", '`c`', '`${', '}`', '\\', '\\\n', '"\\""', "'\\''"],
  ...[
    '//',
    '/*',
    '*/',
    '\n',
    ' ',
    '\r\n',
    '<!--',
    '-->',
    '+',
    '-',
    '*',
    '/',
    '=',
    '==',
    '=>',
    '!',
    '.',
    '...',
    '&&',
    '<',
  ],
];

interface Calls {
  /** Calls that the filter is to find, in any class. */
  must: number;
  /** What it may find: references, methods of that name, declarations; all that is spelled so outside of strings. */
  may: number;
}

const NAMES: ReadonlySet<unknown> = new Set(['eval', 'atob']);

/** Calls of the names in a syntax tree. */
function callsIn(node: unknown, calls: Calls): Calls {
  if (Array.isArray(node)) for (const child of node) callsIn(child, calls);
  else if (isRecord(node)) {
    if (node.type === 'CallExpression' && isTarget(node.callee)) calls.must++;
    if (node.type === 'TaggedTemplateExpression' && isTarget(node.tag)) calls.must++;
    if ((node.type === 'Identifier' || node.type === 'PrivateIdentifier') && NAMES.has(node.name)) calls.may++;
    if (node.type === 'Literal' && typeof node.value === 'string') calls.may++;
    for (const [key, child] of Object.entries(node)) if (key !== 'type') callsIn(child, calls);
  }
  return calls;
}

/** eval, (eval), (0, eval), x.eval, x['ev' + 'al']. */
function isTarget(node: unknown): boolean {
  if (!isRecord(node)) return false;
  switch (node.type) {
    case 'Identifier':
    case 'PrivateIdentifier':
      return NAMES.has(node.name);
    case 'ParenthesizedExpression':
    case 'ChainExpression':
      return isTarget(node.expression);
    case 'SequenceExpression':
      return Array.isArray(node.expressions) && isTarget(node.expressions.at(-1));
    case 'MemberExpression':
      return node.computed === true ? NAMES.has(textOf(node.property)) : isTarget(node.property);
    default:
      return false;
  }
}

/** The value of a sum of string literals. */
function textOf(node: unknown): string | null {
  if (!isRecord(node)) return null;
  if (node.type === 'Literal') return typeof node.value === 'string' ? node.value : null;
  if (node.type !== 'BinaryExpression' || node.operator !== '+') return null;
  const left = textOf(node.left);
  const right = textOf(node.right);
  return left === null || right === null ? null : left + right;
}

function parsed(text: string): unknown {
  for (const sourceType of ['script', 'module'] as const) {
    try {
      return parseAst(text, { sourceType, lang: 'js' });
    } catch {
      // Not a program of this kind.
    }
  }
  return null;
}

let host: ProxyWasmHost;
beforeAll(() => {
  host = new ProxyWasmHost(new WebAssembly.Module(buildFilter().bytes));
  host.configure('');
});

it('finds every call that a parser finds, and no call where it finds none', () => {
  const random = randomly(SEED);
  const missed: string[] = [];
  const invented: string[] = [];
  let programs = 0;
  let called = 0;
  for (let i = 0; i < PROGRAMS; i++) {
    let text = '';
    for (let n = 1 + random(9); n > 0; n--) text += PIECES[random(PIECES.length)] ?? '';
    if (!/eval|atob|al/.test(text)) continue;
    const tree = parsed(text);
    if (tree === null) continue;
    programs++;
    const { must, may } = callsIn(tree, { must: 0, may: 0 });
    if (must > 0) called++;
    const { verdict } = host.exchange({
      requestHeaders: { 'content-type': 'text/javascript' },
      request: [Buffer.from(text)],
    });
    if (must > 0 && verdict === 'clean') missed.push(text);
    if (may === 0 && verdict?.endsWith('class=call') === true) invented.push(text);
  }
  expect({ missed: missed.slice(0, 20), invented: invented.slice(0, 20) }).toEqual({ missed: [], invented: [] });
  // Chance made programs, and calls in them.
  expect(programs).toBeGreaterThan(PROGRAMS / 100);
  expect(called).toBeGreaterThan(PROGRAMS / 200);
});
