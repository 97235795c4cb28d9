/** Ages of module versions as a proxy tells them (`.info`); nobody signs these, so a young version is suspected, an old one proves nothing. */
import { z } from 'zod';
import type { Finding } from '../../../findings/model.ts';
import { formatDuration } from '../../../findings/units.ts';
import { guardFinding } from '../../finding.ts';
import { HttpError } from '../../http/http.ts';
import { coolDown } from '../npm/rules.ts';
import type { JudgedLine } from './entries.ts';
import type { GoRules } from './environment.ts';
import type { Fetcher } from './fetch.ts';
import { escapeModule } from './sum-file.ts';
import { evidence, lineRegion } from './sum-findings.ts';

const info = z.object({ Time: z.iso.datetime({ offset: true }) });
const INFO_LIMIT = 64 * 1024;
const DAY = 86_400_000;

export interface Ages {
  readonly findings: readonly Finding[];
  readonly notes: readonly string[];
  readonly failures: readonly string[];
}

/** Asks for the version of every line that pins a zip, and is not private. */
export async function checkAges(
  lines: readonly JudgedLine[],
  days: number,
  { rules, fetcher, now }: { readonly rules: GoRules; readonly fetcher: Fetcher; readonly now: Date },
): Promise<Ages> {
  const proxy = rules.proxies[0]?.url ?? 'direct';
  const asked = lines.filter(({ line, cause }) => line.problem === '' && !line.goMod && cause !== 'private');
  if (!/^(https?|file):/.test(proxy))
    return {
      findings: [],
      notes: [`the age of ${asked.length} versions is not known: GOPROXY does not begin with the address of a proxy`],
      failures: [],
    };
  const findings: Finding[] = [];
  const unknown: string[] = [];
  const failures: string[] = [];
  await Promise.all(
    asked.map(async (judged) => {
      const { line } = judged;
      const name = `${line.path}@${line.version}`;
      try {
        const { status, body } = await fetcher.get(
          `${proxy}/${escapeModule(line.path)}/@v/${escapeModule(line.version)}.info`,
          INFO_LIMIT,
        );
        const time = status === 200 ? timeOf(body) : null;
        if (time === null) unknown.push(name);
        else if (now.getTime() - time < days * DAY) findings.push(youngFinding(judged, time, now, days));
      } catch (error) {
        if (!(error instanceof HttpError)) throw error;
        failures.push(`the age of ${name} could not be asked for: ${error.message}`);
      }
    }),
  );
  findings.sort((a, b) => (a.region?.line ?? 0) - (b.region?.line ?? 0));
  const [first] = failures;
  return {
    findings,
    notes: [
      'times of Go versions are what the proxy says: nobody signs them',
      ...(unknown.length > 0 ? [`the proxy tells no time of ${unknown.length} versions, e.g. ${unknown[0]}`] : []),
    ],
    failures: first === undefined ? [] : [failures.length > 1 ? `${first} (and ${failures.length - 1} more)` : first],
  };
}

function timeOf(body: Buffer): number | null {
  try {
    const parsed = info.safeParse(JSON.parse(body.toString('utf8')));
    return parsed.success ? Date.parse(parsed.data.Time) : null;
  } catch {
    return null;
  }
}

function youngFinding({ line, entry }: JudgedLine, time: number, now: Date, days: number): Finding {
  const age = now.getTime() - time;
  const says =
    age < 0
      ? `its time ${new Date(time).toISOString()} is in the future`
      : `it is ${formatDuration(age / 1000)} old, and the cool-down is ${days} days`;
  return guardFinding(coolDown, {
    verdict: 'suspected',
    title: `${line.path}@${line.version} is new: ${says}.`,
    identity: `go:${line.path}@${line.version}`,
    operation: 'cool-down',
    at: lineRegion(entry.file, entry.line),
    service: line.path,
    evidence: [evidence(`The proxy says ${new Date(time).toISOString()}; nobody signs that.`)],
  });
}
