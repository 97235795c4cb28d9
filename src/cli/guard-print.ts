/** Writes a report of guard in the forms that were asked for, and gives the exit code. */
import { appendFileSync, existsSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { makeDirectory } from '../findings/make-directory.ts';
import { reasonOf } from '../guard/error.ts';
import type { Places } from '../guard/report/places.ts';
import type { GuardReport, Outcome } from '../guard/report/report.ts';
import { EXIT, UsageError } from './exit.ts';
import type { RawGuardOptions } from './guard-options.ts';

const EXIT_OF: Readonly<Record<Outcome, number>> = { passed: EXIT.ok, blocked: EXIT.findings, unknown: EXIT.evidence };

/**
 * @param root the directory that the files of findings are relative to
 * @param column from a column in bytes to one in UTF-16 code units
 */
export async function print(
  report: GuardReport,
  raw: Pick<RawGuardOptions, 'all' | 'json' | 'sarif' | 'markdown' | 'github'> & { readonly out?: string },
  root: string,
  column?: Places['column'],
): Promise<number> {
  const places: Places = { root, repository: repositoryOf(root), ...(column === undefined ? {} : { column }) };
  const { sarif, markdown, out } = raw;
  const sarifText = async (): Promise<string> => {
    const { writeGuardSarif } = await import('../guard/report/sarif.ts');
    const { version } = await import('./version.ts');
    return writeGuardSarif(report, { ...places, version: version() });
  };
  const json = async (): Promise<string> => (await import('../guard/report/json.ts')).writeGuardJson(report);
  const summary = async (): Promise<string> => {
    const { writeGuardMarkdown } = await import('../guard/report/markdown.ts');
    return writeGuardMarkdown(report, places);
  };
  onePrinted(raw);
  if (out !== undefined) {
    save(join(out, 'gate.json'), await json());
    save(join(out, 'gate.sarif'), await sarifText());
    save(join(out, 'gate.md'), await summary());
  }
  if (sarif !== undefined && sarif !== '-') save(sarif, await sarifText());
  if (markdown !== undefined && markdown !== '-') saveSummary(markdown, await summary());
  process.stdout.write(await printed());
  return EXIT_OF[report.outcome];

  async function printed(): Promise<string> {
    if (raw.json) return json();
    if (sarif === '-') return sarifText();
    if (markdown === '-') return summary();
    if (raw.github) {
      const { writeGuardGithub } = await import('../guard/report/github.ts');
      return writeGuardGithub(report, places);
    }
    const { writeGuardText } = await import('../guard/report/text.ts');
    const { terminal } = await import('./terminal.ts');
    return writeGuardText(report, terminal(), { all: raw.all === true });
  }
}

/** Two documents one after the other are none that a program can read. */
function onePrinted({
  json,
  sarif,
  markdown,
  github,
}: Pick<RawGuardOptions, 'json' | 'sarif' | 'markdown' | 'github'>): void {
  const names = [
    json === true && '--json',
    github === true && '--github',
    sarif === '-' && '--sarif -',
    markdown === '-' && '--markdown -',
  ].filter((name) => name !== false);
  if (names.length > 1)
    throw new UsageError(`${names.join(' and ')} all print; choose one, and write the others to files`);
}

/** GitHub's file of a step is appended to, by its own rules: other steps' words are in it. */
function saveSummary(file: string, text: string): void {
  const own = process.env.GITHUB_STEP_SUMMARY;
  if (own === undefined || own === '' || resolve(file) !== resolve(own)) {
    save(file, text);
    return;
  }
  try {
    appendFileSync(file, text);
  } catch (error) {
    throw new UsageError(`${file} cannot be written (${reasonOf(error)})`);
  }
}

/** Under a temporary name first: a reader never sees half a file. */
export function save(file: string, text: string): void {
  const temporary = `${file}.${process.pid}.tmp`;
  const dir = dirname(resolve(file));
  // Reports are for others to read, as far as the umask allows.
  if (!makeDirectory(dir, 0o777)) throw new UsageError(`${dir} cannot be made; name another place`);
  try {
    writeFileSync(temporary, text);
    renameSync(temporary, file);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw new UsageError(`${file} cannot be written (${reasonOf(error)})`);
  }
}

/** The root of the repository around `dir`, which code hosts take paths from; without one, `dir`. */
export function repositoryOf(dir: string): string {
  for (let at = dir; ; at = dirname(at)) {
    if (existsSync(join(at, '.git'))) return at;
    if (dirname(at) === at) return dir;
  }
}
