import type {
  ChainStep,
  Diagnosis,
  EvidenceItem,
  Finding,
  Fix,
  Growth,
  LedgerTerm,
  Quantity,
  Region,
  Series,
  TextEdit,
  Where,
} from './model.ts';

/**
 * The diagnosis as it is written, whatever the writer: keys in the order of the model, nothing undefined, and no NaN or
 * infinity. A number that is none says nothing, so the smallest part that the model allows to be absent goes with it:
 * one bound, one quantity, one point of a series, the growth, the ledger.
 */
export function canonical(d: Diagnosis): Diagnosis {
  return {
    schema: 'hemostat/diagnosis@1',
    verdict: d.verdict,
    target: { service: d.target.service, instance: d.target.instance, goVersion: d.target.goVersion },
    window: { start: d.window.start, seconds: orZero(d.window.seconds), snapshots: orZero(d.window.snapshots) },
    findings: d.findings.map(canonicalFinding),
    series: d.series.map(series),
    ledger: ledger(d.ledger),
    notes: [...d.notes],
  };
}

/** One finding as it is written, see canonical. Fields that only source review knows are written where they are. */
export function canonicalFinding(f: Finding): Finding {
  return {
    rule: f.rule,
    verdict: f.verdict,
    severity: f.severity,
    title: f.title,
    where: where(f.where),
    subject: { service: f.subject.service, instance: f.subject.instance },
    count: orNull(f.count),
    growth: growth(f.growth),
    holds:
      f.holds !== null && finite(f.holds.bytes, f.holds.objects)
        ? { bytes: f.holds.bytes, objects: f.holds.objects }
        : null,
    chain: f.chain.map(step),
    evidence: f.evidence.map(evidence),
    fix: fix(f.fix),
    fingerprint: f.fingerprint,
    ...(f.confidence === undefined ? {} : { confidence: f.confidence }),
    ...(f.region === undefined ? {} : { region: region(f.region) }),
    ...(f.suppression === undefined
      ? {}
      : { suppression: { file: f.suppression.file, line: f.suppression.line, why: f.suppression.why } }),
  };
}

function fix(f: Fix): Fix {
  return {
    text: f.text,
    ...(f.title === undefined ? {} : { title: f.title }),
    ...(f.safe === undefined ? {} : { safe: f.safe }),
    ...(f.edits === undefined
      ? {}
      : { edits: f.edits.map((e): TextEdit => ({ file: e.file, start: e.start, end: e.end, text: e.text })) }),
  };
}

function region(r: Region): Region {
  return { file: r.file, line: r.line, column: r.column, endLine: r.endLine, endColumn: r.endColumn };
}

function where(w: Where): Where {
  return { function: w.function, file: w.file, line: orZero(w.line) };
}

function growth(g: Growth | null): Growth | null {
  if (g === null || !finite(g.perHour, g.low, g.high)) return null;
  return {
    perHour: g.perHour,
    low: g.low,
    high: g.high,
    pValue: orNull(g.pValue),
    timeToLimit: orNull(g.timeToLimit),
    limit: g.limit !== null && finite(g.limit.bytes) ? { bytes: g.limit.bytes, source: g.limit.source } : null,
  };
}

function step(s: ChainStep): ChainStep {
  return {
    kind: s.kind,
    text: s.text,
    ...(s.where === undefined ? {} : { where: where(s.where) }),
    ...(s.bytes === undefined || !finite(s.bytes) ? {} : { bytes: s.bytes }),
    ...(s.region === undefined ? {} : { region: region(s.region) }),
  };
}

function evidence(e: EvidenceItem): EvidenceItem {
  return {
    leg: e.leg,
    says: e.says,
    numbers: e.numbers.filter((q) => finite(q.value)).map(quantity),
    captures: [...e.captures],
    ...(e.source === undefined
      ? {}
      : { source: { rule: e.source.rule, confidence: e.source.confidence, where: where(e.source.where) } }),
  };
}

function quantity(q: Quantity): Quantity {
  return {
    name: q.name,
    value: q.value,
    unit: q.unit,
    ...(q.low === undefined || !finite(q.low) ? {} : { low: q.low }),
    ...(q.high === undefined || !finite(q.high) ? {} : { high: q.high }),
  };
}

function series(s: Series): Series {
  const at: number[] = [];
  const value: number[] = [];
  for (const [i, time] of s.at.entries()) {
    const v = s.value[i];
    if (v === undefined || !finite(time, v)) continue;
    at.push(time);
    value.push(v);
  }
  return { name: s.name, unit: s.unit, at, value };
}

function ledger(l: Diagnosis['ledger']): Diagnosis['ledger'] {
  if (l === null || !finite(...l.rss) || !l.terms.every((t) => finite(t.first, t.last))) return null;
  const terms = l.terms.map((t): LedgerTerm => ({ name: t.name, first: t.first, last: t.last, how: t.how }));
  return { terms, rss: [l.rss[0], l.rss[1]] };
}

function finite(...values: readonly number[]): boolean {
  return values.every((v) => Number.isFinite(v));
}

function orNull(value: number | null): number | null {
  return value !== null && Number.isFinite(value) ? value : null;
}

function orZero(value: number): number {
  return Number.isFinite(value) ? value : 0;
}
