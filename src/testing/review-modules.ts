/** Judging what source review says about well-known modules: the plan, the reports, and the table made of both. */

export type Level = 'high' | 'medium' | 'low';

export interface Report {
  readonly rule: string;
  readonly confidence: Level;
  /** file:line, relative to the module. */
  readonly at: string;
  readonly fingerprint: string;
  readonly says: string;
  readonly steps: readonly string[];
}

export interface ModuleReports {
  readonly module: string;
  readonly files: number;
  readonly reports: readonly Report[];
}

export interface Judged extends Report {
  readonly module: string;
}

/** What somebody who read the code says about one report. */
export interface Judgement {
  /** module@version */
  readonly module: string;
  readonly rule: string;
  readonly at: string;
  readonly fingerprint: string;
  /** The confidence at which it was read. */
  readonly read: Level;
  /** 1: before anything was changed for it; 2 and later: what the rules said after changes. */
  readonly reading: number;
  readonly right: boolean;
  readonly reason: string;
}

export interface Plan {
  readonly modules: readonly string[];
  readonly judged: readonly Judgement[];
}

/** So many of high confidence are read in each module. */
const READ_PER_MODULE = 20;
const LEVELS: readonly Level[] = ['high', 'medium', 'low'];

type Fields = Readonly<Record<string, unknown>>;

function fields(value: unknown, of: string): Fields {
  if (typeof value !== 'object' || value === null) throw new Error(`${of} is not an object`);
  return Object.fromEntries(Object.entries(value));
}

function list(value: unknown, of: string): readonly unknown[] {
  if (!Array.isArray(value)) throw new Error(`${of} is not a list`);
  return value;
}

function text(from: Fields, key: string): string {
  const value = from[key];
  if (typeof value !== 'string' || value === '') throw new Error(`${key} is missing in ${JSON.stringify(from)}`);
  return value;
}

function level(from: Fields, key: string): Level {
  const value = LEVELS.find((one) => one === from[key]);
  if (value === undefined) throw new Error(`${key} is not high, medium or low in ${JSON.stringify(from)}`);
  return value;
}

function number(from: Fields, key: string): number {
  const value = from[key];
  if (typeof value !== 'number') throw new Error(`${key} is not a number in ${JSON.stringify(from)}`);
  return value;
}

export function parseJudgements(json: string): Plan {
  const parsed: unknown = JSON.parse(json);
  const plan = fields(parsed, 'the plan');
  const modules = list(plan.modules, 'modules').map(String);
  const judged = list(plan.judged, 'judged').map((one): Judgement => {
    const entry = fields(one, 'a judgement');
    if (typeof entry.right !== 'boolean') throw new Error(`right is not true or false in ${JSON.stringify(entry)}`);
    return {
      module: text(entry, 'module'),
      rule: text(entry, 'rule'),
      at: text(entry, 'at'),
      fingerprint: text(entry, 'fingerprint'),
      read: level(entry, 'read'),
      reading: number(entry, 'reading'),
      right: entry.right,
      reason: text(entry, 'reason'),
    };
  });
  return { modules, judged };
}

/** Reads what `hemostat review --json` printed in the module's directory. */
export function parseReports(module: string, json: string): ModuleReports {
  const parsed: unknown = JSON.parse(json);
  const printed = fields(parsed, module);
  const reports = list(printed.findings, 'findings').map((one): Report => {
    const finding = fields(one, 'a finding');
    const chain = list(finding.chain ?? [], 'chain').map((step) => {
      const link = fields(step, 'a step');
      return `${position(fields(link.where ?? {}, 'where'))} ${String(link.text)}`;
    });
    return {
      rule: text(finding, 'rule'),
      confidence: level(finding, 'confidence'),
      at: position(fields(finding.where, 'where')),
      fingerprint: text(finding, 'fingerprint'),
      says: text(finding, 'title'),
      steps: chain,
    };
  });
  return { module, files: number(fields(printed.stats, 'stats'), 'files'), reports };
}

function position(where: Fields): string {
  return `${String(where.file)}:${String(where.line)}`;
}

function keyOf(one: { readonly module: string; readonly rule: string; readonly at: string }): string {
  return `${one.module} ${one.rule} ${one.at}`;
}

/** What has to be read: all of high confidence, or of more than twenty in a module those with the smallest fingerprints. */
function toRead(module: ModuleReports): readonly Judged[] {
  return module.reports
    .filter((report) => report.confidence === 'high')
    .sort((a, b) => (a.fingerprint < b.fingerprint ? -1 : 1))
    .slice(0, READ_PER_MODULE)
    .map((report) => ({ ...report, module: module.module }));
}

/** Reports of high confidence that have to be read and are not judged. */
export function unjudged(all: readonly ModuleReports[], judgements: readonly Judgement[]): readonly Judged[] {
  const known = new Set(judgements.map(keyOf));
  return all.flatMap(toRead).filter((report) => !known.has(keyOf(report)));
}

export function moduleTable(all: readonly ModuleReports[], judgements: readonly Judgement[]): string {
  return [...perModule(all), '', ...perRule(all, judgements), '', ...readings(all, judgements), ''].join('\n');
}

function perModule(all: readonly ModuleReports[]): readonly string[] {
  const rows = all.map(({ module, files, reports }) => {
    const cells = LEVELS.map((confidence) => {
      const of = reports.filter((report) => report.confidence === confidence);
      return of.length === 0 ? '0' : `${of.length}: ${counted(of.map((report) => report.rule))}`;
    });
    return `| ${module} | ${files} | ${cells.join(' | ')} |`;
  });
  const total = (confidence: Level): number =>
    all.reduce((sum, { reports }) => sum + reports.filter((report) => report.confidence === confidence).length, 0);
  const files = all.reduce((sum, module) => sum + module.files, 0);
  return [
    '| module | files | high | medium | low |',
    '|---|---:|---|---|---|',
    ...rows,
    `| **all ${all.length}** | ${files} | **${total('high')}** | **${total('medium')}** | **${total('low')}** |`,
  ];
}

/** "body-not-closed 3, lock-not-released": most frequent first. */
function counted(names: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return [...counts]
    .sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1))
    .map(([name, n]) => (n === 1 ? name : `${name} ${n}`))
    .join(', ');
}

interface Standing {
  readonly judgement: Judgement;
  /** The confidence of the report now; undefined: it is no longer made. */
  readonly now: Level | undefined;
}

function standings(all: readonly ModuleReports[], judgements: readonly Judgement[]): readonly Standing[] {
  const now = new Map(
    all.flatMap(({ module, reports }) =>
      reports.map((report): [string, Level] => [keyOf({ ...report, module }), report.confidence]),
    ),
  );
  const modules = new Set(all.map(({ module }) => module));
  return judgements
    .filter((judgement) => modules.has(judgement.module))
    .map((judgement) => ({ judgement, now: now.get(keyOf(judgement)) }));
}

function perRule(all: readonly ModuleReports[], judgements: readonly Judgement[]): readonly string[] {
  const stand = standings(all, judgements);
  const share = (of: readonly Standing[]): string => {
    const right = of.filter(({ judgement }) => judgement.right).length;
    return of.length === 0 ? '' : `${right} of ${of.length}`;
  };
  const row = (name: string, of: readonly Standing[]): string => {
    const first = (confidence: Level): string =>
      share(of.filter(({ judgement }) => judgement.reading === 1 && judgement.read === confidence));
    const current = (confidence: Level): string => share(of.filter((one) => one.now === confidence));
    const lost = of.filter(({ judgement, now }) => judgement.right && now === undefined).length;
    return `| ${name} | ${first('high')} | ${current('high')} | ${first('medium')} | ${current('medium')} | ${lost} |`;
  };
  const rules = [...new Set(judgements.map(({ rule }) => rule))].sort();
  return [
    'Right, of those read:',
    '',
    '| rule | high, first reading | high now | medium, first reading | medium now | right and no longer reported |',
    '|---|---:|---:|---:|---:|---:|',
    ...rules.map((rule) =>
      row(
        rule,
        stand.filter(({ judgement }) => judgement.rule === rule),
      ),
    ),
    row('**all**', stand),
  ];
}

function readings(all: readonly ModuleReports[], judgements: readonly Judgement[]): readonly string[] {
  const stand = [...standings(all, judgements)].sort((a, b) => (keyOf(a.judgement) < keyOf(b.judgement) ? -1 : 1));
  const line = ({ judgement, now }: Standing): string => {
    const { module, at, rule, right, reason, read } = judgement;
    const moved = now === read ? '' : `; ${now === undefined ? 'no longer reported' : `${now} now`}`;
    return `- ${right ? 'right' : 'wrong'}: ${module} ${at} (${rule}${moved}): ${reason}`;
  };
  const section = (title: string, of: readonly Standing[]): readonly string[] =>
    of.length === 0 ? [] : [title, '', ...of.map(line), ''];
  const open = unjudged(all, judgements).map(
    ({ module, at, rule, says }) => `- not judged: ${module} ${at} (${rule}): ${says}`,
  );
  return [
    ...section(
      'Read with high confidence:',
      stand.filter(({ judgement }) => judgement.read === 'high'),
    ),
    ...section(
      'Read with medium confidence:',
      stand.filter(({ judgement }) => judgement.read !== 'high'),
    ),
    ...(open.length === 0 ? [] : ['High confidence, not judged yet:', '', ...open]),
  ];
}
