/** Findings for a terminal of 80 columns and more: the worst in full, others in short. What `diagnose` and `guard` share. */
import picocolors from 'picocolors';
import { columns, padEnd, printable, type Terminal, wrap } from './layout.ts';
import type { ChainStep, Finding, Growth, Region, Verdict, Where } from './model.ts';
import { formatBytes, formatCount, formatDuration, formatRate } from './units.ts';

/** Below this many columns nothing is laid out narrower; long lines then break in the terminal. */
const NARROWEST = 60;
/** Prose is not read well in longer lines than this, however wide the terminal is. */
const WIDEST = 120;
/** Width of the labels (`where`, `growth`, …) and of the legs in front of the evidence. */
const LABEL = 10;

/** What the writer needs everywhere: the terminal, and the colours that it shows (or none). */
export interface Page {
  readonly terminal: Terminal;
  readonly paint: ReturnType<typeof picocolors.createColors>;
  readonly lines: string[];
}

export function newPage(terminal: Terminal): Page {
  return {
    terminal: { ...terminal, width: Math.min(WIDEST, Math.max(NARROWEST, Math.floor(terminal.width))) },
    paint: picocolors.createColors(terminal.color),
    lines: [],
  };
}

/** Everything that is known about it. `times`: it stands for so many. */
export function writeFull(page: Page, f: Finding, number = 1, times = 1): void {
  writeHead(page, f, String(number), times);
  const where = placeOf(f.where, f.region);
  if (where !== '') field(page, 'where', where);
  if (f.count !== null) field(page, 'count', formatCount(f.count));
  if (f.growth !== null) field(page, 'growth', growthSentence(page, f.growth));
  if (f.holds !== null) field(page, 'holds', holdsSentence(f.holds));
  if (f.chain.length > 0) {
    label(page, 'chain');
    for (const [depth, step] of f.chain.entries()) writeStep(page, step, depth);
  }
  if (f.evidence.length > 0) {
    label(page, 'evidence');
    for (const item of f.evidence) {
      const lead = `    ${padEnd(item.leg, LABEL)} `;
      paragraph(page, item.says, lead, ' '.repeat(columns(lead)));
    }
  }
  if (f.fix.text !== '') {
    label(page, 'fix');
    paragraph(page, f.fix.text, '    ', '    ');
  }
}

/** The others: what, where, how much, and which legs say so. */
export function writeShort(page: Page, f: Finding, number: number): void {
  writeHead(page, f, String(number));
  const where = placeOf(f.where, f.region);
  if (where !== '') field(page, 'where', where);
  const facts = [
    f.count === null ? '' : `${formatCount(f.count)} now`,
    f.growth === null ? '' : `grows ${formatRate(f.growth.perHour)}`,
    f.holds === null ? '' : `holds ${holdsSentence(f.holds)}`,
    f.evidence.length === 0 ? '' : `seen by ${[...new Set(f.evidence.map((e) => e.leg))].join(', ')}`,
  ].filter((fact) => fact !== '');
  if (facts.length > 0) field(page, 'facts', facts.join('; '));
}

function writeHead(page: Page, f: Finding, number: string, times = 1): void {
  const { paint } = page;
  const many = times === 1 ? '' : ` ${page.terminal.unicode ? '×' : 'x'} ${formatCount(times)}`;
  // A source rule may be sure although nobody saw it happen: that is why it blocks.
  const weight = f.confidence === undefined ? f.severity : `${f.confidence} confidence`;
  const plain = `${number}. ${f.verdict.toUpperCase()} ${f.rule} (${weight})${many}`;
  const painted = `${number}. ${badge(page, f.verdict)} ${paint.bold(f.rule)} ${paint.dim(`(${weight})`)}${many === '' ? '' : paint.bold(many)}`;
  page.lines.push(columns(plain) <= page.terminal.width ? painted : plain);
  paragraph(page, f.title, '   ', '   ');
}

function writeStep(page: Page, step: ChainStep, depth: number): void {
  // Deep chains stop moving right: the text must keep its room.
  const lead = `    ${'  '.repeat(Math.min(depth, 6))}${arrow(page)} `;
  // The text reads on its own; place and bytes are added where it does not name them already.
  const place = step.where === undefined ? '' : shortPlaceOf(step.where);
  const bytes = step.bytes === undefined ? '' : formatBytes(step.bytes);
  const at = place === '' || names(step.text, step.where) ? '' : `: ${place}`;
  const held = bytes === '' || step.text.includes(bytes) ? '' : `, ${bytes}`;
  paragraph(page, `${step.text}${at}${held}`, lead, ' '.repeat(columns(lead)));
}

/** Whether `text` says where it is: `store.go:12` is enough, since the path can be looked up in the JSON. */
function names(text: string, where: Where | undefined): boolean {
  if (where === undefined || where.file === '') return true;
  const file = where.file.slice(Math.max(where.file.lastIndexOf('/'), where.file.lastIndexOf('\\')) + 1);
  return text.includes(where.line > 0 ? `${file}:${where.line}` : file);
}

/** What was looked at and is no defect: a line each. */
export function writeCleared(page: Page, cleared: readonly Finding[], heading: string): void {
  if (cleared.length === 0) return;
  page.lines.push('', page.paint.bold(heading));
  for (const f of cleared) {
    const lead = `  ${f.rule}: `;
    const [first = '', ...rest] = wrap(f.title, page.terminal.width, lead, '    ');
    page.lines.push(`  ${page.paint.green(f.rule)}${first.slice(f.rule.length + 2)}`, ...rest);
  }
}

/** Sentences under a heading; nothing where there are none. */
export function writeList(page: Page, heading: string, notes: readonly string[]): void {
  if (notes.length === 0) return;
  page.lines.push('', page.paint.bold(heading));
  for (const note of notes) paragraph(page, note, '  - ', '    ');
}

export function writeHint(page: Page, finding: Finding | undefined): void {
  if (finding === undefined) return;
  page.lines.push('');
  for (const line of wrap(`hemostat explain ${finding.rule}`, page.terminal.width))
    page.lines.push(page.paint.dim(line));
}

/** `+412 MiB/h (95 % interval 400 MiB/h to 423 MiB/h), p = 0.002; 2.0 GiB (cgroup limit) in 3 h 40 min`. */
function growthSentence(page: Page, g: Growth): string {
  let text = `${formatRate(g.perHour)} (95 % interval ${formatRate(g.low)} to ${formatRate(g.high)})`;
  if (g.pValue !== null) text += `, p ${g.pValue < 0.001 ? '< 0.001' : `= ${Number(g.pValue.toPrecision(2))}`}`;
  if (g.limit !== null && g.timeToLimit !== null) {
    const limit = `${formatBytes(g.limit.bytes)} (${g.limit.source})`;
    text += `; reaches ${limit} in ${formatDuration(g.timeToLimit)}`;
  }
  return page.terminal.unicode ? text : printable(text, false);
}

function holdsSentence(holds: { readonly bytes: number; readonly objects: number }): string {
  const objects =
    holds.objects === 0 ? '' : ` in ${formatCount(holds.objects)} object${holds.objects === 1 ? '' : 's'}`;
  return `${formatBytes(holds.bytes)}${objects}`;
}

/** `main.(*Store).Put (store.go:12)`; parts that are unknown are left out. */
function placeOf(where: Where, region?: Region): string {
  const column = region === undefined || region.line !== where.line ? '' : `:${region.column}`;
  const file = where.file === '' ? '' : where.line > 0 ? `${where.file}:${where.line}${column}` : where.file;
  if (where.function === '') return file;
  return file === '' ? where.function : `${where.function} (${file})`;
}

/** The same with the package path and the directory cut off: `cache.(*LRU).add (lru.go:41)`. */
function shortPlaceOf(where: Where): string {
  const path = where.function.indexOf('[') < 0 ? where.function : where.function.slice(0, where.function.indexOf('['));
  return placeOf({
    function: where.function.slice(path.lastIndexOf('/') + 1),
    file: where.file.slice(where.file.lastIndexOf('/') + 1),
    line: where.line,
  });
}

function field(page: Page, name: string, text: string): void {
  const lead = `   ${padEnd(name, LABEL)} `;
  const [first = '', ...rest] = wrap(text, page.terminal.width, lead, ' '.repeat(columns(lead)));
  page.lines.push(`   ${page.paint.dim(name)}${first.slice(name.length + 3)}`, ...rest);
}

function label(page: Page, name: string): void {
  page.lines.push(`   ${page.paint.dim(name)}`);
}

function paragraph(page: Page, text: string, first: string, rest: string): void {
  page.lines.push(...wrap(text, page.terminal.width, first, rest));
}

function badge(page: Page, verdict: Verdict): string {
  const { paint } = page;
  const text = verdict.toUpperCase();
  if (verdict === 'suspected') return paint.bold(paint.yellow(text));
  return verdict === 'cleared' ? paint.bold(paint.green(text)) : paint.bold(paint.red(text));
}

export function arrow(page: Page): string {
  return page.terminal.unicode ? '→' : '->';
}

/** Every string of the finding made printable; the numbers stay as they are. */
export function tameFinding<F extends Finding>(f: F, unicode: boolean): F {
  const line = (text: string): string => printable(text.replaceAll('\n', ' '), unicode);
  const place = (w: Where): Where => ({ function: line(w.function), file: line(w.file), line: w.line });
  return {
    ...f,
    rule: line(f.rule),
    title: line(f.title),
    where: place(f.where),
    growth:
      f.growth === null || f.growth.limit === null
        ? f.growth
        : { ...f.growth, limit: { bytes: f.growth.limit.bytes, source: line(f.growth.limit.source) } },
    chain: f.chain.map((s) => ({
      ...s,
      text: line(s.text),
      ...(s.where === undefined ? {} : { where: place(s.where) }),
    })),
    evidence: f.evidence.map((e) => ({ ...e, says: line(e.says) })),
    // A fix may hold lines of code.
    fix: { text: printable(f.fix.text, unicode) },
    subject: { service: line(f.subject.service), instance: line(f.subject.instance) },
  };
}
