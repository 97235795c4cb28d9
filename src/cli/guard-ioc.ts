/** `hemostat guard ioc`: rules for other tools, out of what a report has found. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import type { IocFinding } from '../guard/ioc/finding.ts';
import type { IocAnswer, IocOptions } from '../guard/ioc/table.ts';
import { list } from './guard-options.ts';

interface RawIoc {
  readonly out: string;
  readonly format?: readonly string[];
  readonly suspected?: boolean;
  readonly selector?: readonly string[];
  readonly allow?: readonly string[];
  readonly finding?: readonly string[];
  readonly json?: boolean;
}

export function command(): Command {
  return new Command('ioc')
    .description('Writes rules that detect or stop what was found: Falco, CEL admission policies, NetworkPolicies.')
    .argument('<report...>', 'JSON of hemostat guard, gate or diagnose (--json)')
    .option('-o, --out <dir>', 'where the files are written', 'ioc')
    .option('--format <formats>', 'only these, separated by commas: falco, cel, networkpolicy', list)
    .option('--finding <fingerprints>', 'only these findings', list)
    .option('--suspected', 'write rules for suspicions, too')
    .option('--selector <labels>', 'labels of the workload’s pods for NetworkPolicies: app=shop,tier=web', list)
    .option('--allow <targets>', 'what the workload may still reach: 10.0.0.0/8 or 10.1.2.3/32:5432', list)
    .option('--json', 'print what was written, and what was not and why, as JSON')
    .addHelpText(
      'after',
      `
A rule is only written from facts of the finding, and only for what is confirmed
or proven; docs/ioc.md says which finding gives which. Look at them before you
load them: a policy that denies, denies.

Examples:
  hemostat guard baseline check today.jsonl --json > findings.json
  hemostat guard ioc findings.json --selector app=shop --allow 10.0.0.0/8:5432

Exit codes: 0 everything that follows was written, 2 wrong usage, 3 a report
could not be read.`,
    )
    .action(ioc);
}

interface Told {
  readonly finding: IocFinding;
  readonly answers: readonly IocAnswer[];
}

async function ioc(reports: readonly string[], raw: RawIoc): Promise<void> {
  const { readFindings } = await import('../guard/ioc/finding.ts');
  const { rulesFor } = await import('../guard/ioc/table.ts');
  const { checkDetectionRule } = await import('../guard/ioc/check/check-rule.ts');
  const { save } = await import('./guard-print.ts');
  const options = await optionsOf(raw);
  const texts = await Promise.all(reports.map(async (path) => ({ path, text: await textOf(path) })));
  const all = texts.flatMap(({ path, text }) => readFindings(text, path));
  const asked =
    raw.finding === undefined ? all : all.filter(({ fingerprint }) => raw.finding?.includes(fingerprint) === true);
  const unique = [...new Map(asked.map((finding) => [finding.fingerprint, finding])).values()];
  const told: Told[] = unique.map((finding) => ({
    finding,
    answers:
      finding.verdict === 'suspected' && raw.suspected !== true
        ? options.formats.map((format) => ({
            format,
            text: null,
            why: 'it is only suspected (--suspected writes rules nevertheless)',
          }))
        : rulesFor(finding, options),
  }));
  const files: { path: string; finding: IocFinding; does: string; says: string }[] = [];
  for (const { finding, answers } of told)
    for (const one of answers) {
      if (one.text === null) continue;
      const { ok, says } = checkDetectionRule(one.text);
      if (!ok) throw new Error(`a rule for ${finding.fingerprint} would not load: ${says}`);
      const path = join(raw.out, `${finding.rule}-${finding.fingerprint}.${one.format}.yaml`);
      save(path, one.text);
      files.push({ path, finding, does: one.does, says });
    }
  process.stdout.write(raw.json ? jsonOf(files, told) : await textFor(files, told));
}

async function optionsOf(raw: RawIoc): Promise<IocOptions> {
  const { FORMATS } = await import('../guard/ioc/table.ts');
  const { UsageError } = await import('./exit.ts');
  const formats = raw.format ?? FORMATS;
  const known = FORMATS.filter((format) => formats.includes(format));
  const unknown = formats.find((format) => !FORMATS.some((one) => one === format));
  if (unknown !== undefined) throw new UsageError(`there is no format ${unknown}; there are ${FORMATS.join(', ')}`);
  const selector = (raw.selector ?? []).map((pair) => {
    const [, key = '', value = ''] =
      /^([A-Za-z0-9](?:[\w./-]{0,251}[A-Za-z0-9])?)=([A-Za-z0-9](?:[\w.-]{0,61}[A-Za-z0-9])?)$/.exec(pair) ?? [];
    if (key === '') throw new UsageError(`--selector ${pair}: write labels as app=shop,tier=web`);
    return [key, value] as const;
  });
  const { isIP } = await import('node:net');
  const allow = (raw.allow ?? []).map((target) => {
    const [, address = '', bits = '', port] = /^([0-9a-fA-F.:]+)\/(\d{1,3})(?::(\d{1,5}))?$/.exec(target) ?? [];
    const family = isIP(address);
    const fits =
      family !== 0 &&
      Number(bits) <= (family === 4 ? 32 : 128) &&
      (port === undefined || (Number(port) >= 1 && Number(port) <= 65_535));
    if (!fits)
      throw new UsageError(`--allow ${target}: write addresses as 10.0.0.0/8, with a port as 10.1.2.3/32:5432`);
    return { cidr: `${address}/${bits}`, port: port === undefined ? null : Number(port) };
  });
  return { formats: known, selector: Object.fromEntries(selector), allow };
}

async function textOf(path: string): Promise<string> {
  try {
    return readFileSync(path === '-' ? 0 : path, 'utf8');
  } catch (error) {
    const { GuardEvidenceError, reasonOf } = await import('../guard/error.ts');
    throw new GuardEvidenceError(`${path} cannot be read (${reasonOf(error)}); name a report (--json)`);
  }
}

function jsonOf(
  files: readonly { path: string; finding: IocFinding; does: string; says: string }[],
  told: readonly Told[],
): string {
  const value = {
    written: files.map(({ path, finding, does, says }) => ({
      path,
      fingerprint: finding.fingerprint,
      rule: finding.rule,
      does,
      checked: says,
    })),
    notWritten: told.flatMap(({ finding, answers }) =>
      answers.flatMap((one) =>
        one.text === null
          ? [{ fingerprint: finding.fingerprint, rule: finding.rule, format: one.format, why: one.why }]
          : [],
      ),
    ),
  };
  return `${JSON.stringify(value, null, 2)}\n`;
}

async function textFor(
  files: readonly { path: string; finding: IocFinding; does: string }[],
  told: readonly Told[],
): Promise<string> {
  const { printable, wrap } = await import('../findings/layout.ts');
  const { terminal } = await import('./terminal.ts');
  const { width, unicode } = terminal();
  const lines: string[] = [];
  const say = (text: string, first: string, rest: string): void => {
    lines.push(...wrap(printable(text.replaceAll('\n', ' '), unicode), width, first, rest));
  };
  const count = (n: number, what: string): string => `${n} ${what}${n === 1 ? '' : 's'}`;
  say(
    told.length === 0
      ? 'There is no finding in the report: nothing to write.'
      : `${count(files.length, 'file')} written for ${count(new Set(files.map(({ finding }) => finding)).size, 'finding')} of ${told.length}.`,
    '',
    '  ',
  );
  for (const { finding, answers } of told) {
    lines.push('');
    say(`${finding.rule} (${finding.verdict}, ${finding.severity}): ${finding.title}`, '', '  ');
    for (const { path, does } of files.filter((one) => one.finding === finding))
      say(`${path}: ${does}`, '  + ', '    ');
    const reasons = new Map<string, string[]>();
    for (const one of answers)
      if (one.text === null) reasons.set(one.why, [...(reasons.get(one.why) ?? []), one.format]);
    for (const [why, formats] of reasons) say(`no ${formats.join(', ')}: ${why}`, '  - ', '    ');
  }
  return `${lines.join('\n')}\n`;
}
