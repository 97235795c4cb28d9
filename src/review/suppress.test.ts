import { describe, expect, it } from 'vitest';
import { commentIn, IDS, rangeIn, reportAt, sampleSources } from '../testing/sample-review.ts';
import type { FileReport } from './result.ts';
import { MALFORMED, suppress, UNUSED } from './suppress-apply.ts';

const PATH = '/src/shop/x.go';

/**
 * What becomes of reports in a file: one of chan-first-wins at every `ch <- N`, and the comments that are in `text`.
 * Answers the numbers of those that are left, and what is said about the comments.
 */
function left(text: string, over: Partial<Parameters<typeof suppress>[3]> = {}) {
  const files = new Map([[PATH, text]]);
  const reports: FileReport[] = [...text.matchAll(/ch <- (\d)/g)].map(([send]) =>
    reportAt(rangeIn(PATH, send, 1, files), { operation: send }),
  );
  const comments = [...text.matchAll(/\/\/.*$/gm)]
    .filter(([comment]) => /nolint|lint:|hemostat:/.test(comment))
    .map(([comment]) => commentIn(PATH, comment, files));
  const options = { ids: IDS, ran: new Set(IDS), broken: new Set<string>(), ...over };
  const { kept, suppressed, comments: about } = suppress(reports, comments, sampleSources(files), options);
  return {
    kept: kept.map((report) => report.operation.slice(-1)).join(''),
    why: suppressed.map(({ by }) => by.why),
    about: about.map((report) => `${report.line} ${report.rule}`),
    said: about.map((report) => report.message),
  };
}

const body = (...lines: string[]): string =>
  `package x\n\nfunc f(ch chan int) {\n${lines.map((l) => `\t${l}\n`).join('')}}\n`;

describe('the styles', () => {
  it.each([
    ['//nolint', ''],
    ['// nolint', ''],
    ['//nolint:all', ''],
    ['//nolint:hemostat', ''],
    ['//nolint:chan-first-wins', ''],
    ['//nolint:errcheck,chan-first-wins // it is drained', 'it is drained'],
    ['//nolint:Chan-First-Wins', ''],
    ['//lint:ignore chan-first-wins it is drained', 'it is drained'],
    ['//lint:ignore chan-* it is drained', 'it is drained'],
    ['//lint:ignore SA4010,chan-first-wins it is drained', 'it is drained'],
    ['//lint:ignore * it is drained', 'it is drained'],
    ['//lint:file-ignore chan-first-wins it is drained', 'it is drained'],
    ['//hemostat:ignore chan-first-wins it is drained', 'it is drained'],
    ['// hemostat:ignore chan-first-wins it is drained', 'it is drained'],
    ['//hemostat:ignore hemostat it is drained', 'it is drained'],
    ['//hemostat:file-ignore chan-first-wins it is drained', 'it is drained'],
  ])('%s silences, on the line and above it', (comment, why) => {
    expect(left(body(`ch <- 1 ${comment}`))).toEqual({ kept: '', why: [why], about: [], said: [] });
    expect(left(body(comment, 'ch <- 1'))).toEqual({ kept: '', why: [why], about: [], said: [] });
  });

  it.each([
    '//nolint:errcheck',
    '//nolint:errcheck,govet // why',
    '//nolintish',
    '//lint:ignore SA1019 it is old',
    '//lint:ignore SA1019',
    '// lint:ignore chan-first-wins a space makes it prose',
    '// see hemostat:ignore',
    '/* nolint */',
  ])('%s is not for us', (comment) => {
    expect(left(body(`ch <- 1 ${comment}`))).toEqual({ kept: '1', why: [], about: [], said: [] });
  });
});

describe('what a comment is about', () => {
  it('its own line, and no other', () => {
    expect(left(body('ch <- 1', 'ch <- 2 //nolint:hemostat', 'ch <- 3')).kept).toBe('13');
  });

  it('the whole statement or function below it, as golangci-lint has it', () => {
    expect(left(body('//nolint:hemostat', 'go func() {', '\tch <- 1', '\tch <- 2', '}()', 'ch <- 3')).kept).toBe('3');
    const func = (comment: string) =>
      `package x\n\n${comment}\nfunc f(ch chan int) {\n\tch <- 1\n}\n\nfunc g(ch chan int) {\n\tch <- 2\n}\n`;
    expect(left(func('//nolint:hemostat')).kept).toBe('2');
    expect(left(func('//hemostat:ignore chan-first-wins why')).kept).toBe('2');
    expect(left(func('//nolint:hemostat\n// f sends.')).kept).toBe('2');
  });

  it('the one line below it, as staticcheck has it', () => {
    const ignore = '//lint:ignore chan-first-wins why';
    expect(left(body(ignore, 'go func() {', '\tch <- 1', '}()'))).toMatchObject({ kept: '1', about: [`4 ${UNUSED}`] });
  });

  it('the last statement of a block, and not what comes after it', () => {
    expect(left(body('if true {', '\t//nolint:hemostat', '\tch <- 1', '}', 'ch <- 2')).kept).toBe('2');
    expect(left(body('if true {', '\t//nolint:hemostat', '\tch <- 1 }', 'ch <- 2')).kept).toBe('2');
  });

  it('a statement that is long', () => {
    const filler = Array.from({ length: 3000 }, (_, i) => `\tprintln(${i})`);
    expect(left(body('//nolint:hemostat', 'go func() {', ...filler, '\tch <- 1', '}()', 'ch <- 2')).kept).toBe('2');
    expect(left(body('//nolint:hemostat', `println("${'x'.repeat(1010)}")`, 'ch <- 2')).kept).toBe('2');
  });

  it('nothing behind a blank line', () => {
    expect(left(body('//nolint:hemostat', '', 'ch <- 1'))).toMatchObject({ kept: '1', about: [`4 ${UNUSED}`] });
  });

  it('the whole file above the package clause, or where it says so', () => {
    const rest = body('ch <- 1').slice('package x\n'.length);
    expect(left(`//nolint:hemostat\npackage x\n${rest}`).kept).toBe('');
    expect(left(`${body('ch <- 1')}\n//hemostat:file-ignore chan-first-wins why\n`).kept).toBe('');
  });

  it('a statement that ends on its line', () => {
    const text = body('go func() {', '\tselect {}', '}() //nolint:hemostat');
    const files = new Map([[PATH, text]]);
    const report = reportAt(rangeIn(PATH, 'go func() {\n\t\tselect {}\n\t}()', 1, files));
    const comments = [commentIn(PATH, '//nolint:hemostat', files)];
    const options = { ids: IDS, ran: new Set(IDS), broken: new Set<string>() };
    expect(suppress([report], comments, sampleSources(files), options).kept).toEqual([]);
  });
});

describe('a comment that silences nothing', () => {
  it('is reported when it names a rule of ours', () => {
    const { about, said } = left(body('ch <- 1', 'println() //nolint:timer-not-stopped,errcheck'));
    expect(about).toEqual([`5 ${UNUSED}`]);
    expect(said[0]).toBe('timer-not-stopped has nothing to report here, so this comment silences nothing of theirs');
  });

  it('and for each of its names', () => {
    const { about, said } = left(body('//hemostat:ignore chan-first-wins,timer-not-stopped why', 'ch <- 1'));
    expect(about).toEqual([`4 ${UNUSED}`]);
    expect(said[0]).toMatch(/^timer-not-stopped has nothing to report here/);
  });

  it('is left alone when it is for everybody, or when its rule did not run, or when the file cannot be parsed', () => {
    expect(left(body('println() //nolint')).about).toEqual([]);
    expect(left(body('//lint:ignore * why', 'println()')).about).toEqual([]);
    const comment = body('println() //nolint:timer-not-stopped');
    expect(left(comment).about).toEqual([`4 ${UNUSED}`]);
    expect(left(comment, { ran: new Set(['chan-first-wins']) }).about).toEqual([]);
    expect(left(body('println() //nolint:hemostat'), { ran: new Set(['chan-first-wins']) }).about).toEqual([]);
    expect(left(comment, { broken: new Set([PATH]) }).about).toEqual([]);
    expect(left(`// Code generated by x. DO NOT EDIT.\n\n${comment}`).about).toEqual([]);
  });

  it('goes with its line, and with the space before it', () => {
    const removed = (text: string, comment: string): string => {
      const files = new Map([[PATH, text]]);
      const options = { ids: IDS, ran: new Set(IDS), broken: new Set<string>() };
      const { comments } = suppress([], [commentIn(PATH, comment, files)], sampleSources(files), options);
      const [edit] = comments[0]?.fix?.edits ?? [];
      return edit === undefined ? '' : text.slice(0, edit.start) + edit.text + text.slice(edit.end);
    };
    const comment = '//hemostat:ignore chan-first-wins why';
    expect(removed(body('println(1)', comment, 'println(2)'), comment)).toBe(body('println(1)', 'println(2)'));
    expect(removed(body(`println(1) ${comment}`), comment)).toBe(body('println(1)'));
  });
});

describe('a comment that cannot be followed', () => {
  it.each([
    ['//lint:ignore chan-first-wins', 'lint:ignore gives no reason; write //lint:ignore chan-first-wins WHY'],
    [
      '//hemostat:ignore chan-first-wins',
      'hemostat:ignore gives no reason; write //hemostat:ignore chan-first-wins WHY',
    ],
    ['//hemostat:ignore', 'hemostat:ignore names no rule; write //hemostat:ignore RULE WHY'],
    ['//hemostat:ignore chan-frist-wins why', 'there is no rule chan-frist-wins; did you mean chan-first-wins?'],
    ['//hemostat:ignore zzzzzzzzzzzz why', 'there is no rule zzzzzzzzzzzz; hemostat review --list lists all'],
    [
      '//hemostat:nolint',
      'there is no hemostat:nolint; write //hemostat:ignore RULE WHY or //hemostat:file-ignore RULE WHY',
    ],
  ])('%s', (comment, says) => {
    const { kept, about, said } = left(body(`ch <- 1 ${comment}`));
    expect({ kept, about, said }).toEqual({
      kept: '1',
      about: [`4 ${MALFORMED}`],
      said: [`this comment silences nothing: ${says}`],
    });
  });
});
