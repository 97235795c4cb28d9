/**
 * Tells people of a gate's verdict: Slack's incoming webhooks, or JSON to any address. A message that cannot be sent changes nothing
 * but is said. The address is a secret: it is in no sentence and no log.
 */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { slackLink, slackText } from '../../findings/slack.ts';
import { HttpError } from '../http/http.ts';
import type { GuardContext } from '../part.ts';
import { placeText } from '../report/places.ts';
import type { GuardReport, JudgedFinding } from '../report/report.ts';
import { type CiRun, ciRun } from './ci.ts';
import type { NotifyTarget } from './settings.ts';

/** Findings in one message: it says that something is wrong, the report says what. */
const MOST = 5;
const TRIES = 3;
const PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 10_000;
const TIMEOUT_MS = 10_000;
const MOST_ANSWER = 64 * 1024;

const EVENT = { blocked: 'block', unknown: 'unknown', passed: 'pass' } as const;

/**
 * What could not be sent, one sentence each.
 * @param pauseMs before the second try; doubles
 */
export async function notify(
  report: GuardReport,
  targets: readonly NotifyTarget[],
  root: string,
  context: GuardContext,
  pauseMs = PAUSE_MS,
): Promise<string[]> {
  const wanted = targets.filter((target) => target.on.includes(EVENT[report.outcome]));
  const said = await Promise.all(wanted.map((target) => tell(target, report, root, context, pauseMs)));
  return said.filter((sentence) => sentence !== null);
}

async function tell(
  target: NotifyTarget,
  report: GuardReport,
  root: string,
  context: GuardContext,
  pauseMs: number,
): Promise<string | null> {
  const where = target['url-env'] === undefined ? `file ${target['url-file'] ?? ''}` : `variable ${target['url-env']}`;
  const name = `${target.kind === 'slack' ? 'Slack' : 'the webhook'} (${where})`;
  if (context.offline) return `${name} was not told: --offline allows no network`;
  const url = addressOf(target, context);
  if (url === null) return `${name} was not told: there is no http or https address in its ${where}`;
  const ci = ciRun(context.env);
  const body = target.kind === 'slack' ? slackBody(report, ci, root) : webhookBody(report, ci, root);
  const why = await post(url, body, context, pauseMs);
  return why === null ? null : `${name} could not be told: ${why}`;
}

function addressOf(target: NotifyTarget, { env, cwd }: GuardContext): string | null {
  const { 'url-env': variable, 'url-file': file } = target;
  let text = '';
  try {
    text = variable === undefined ? readFileSync(resolve(cwd, file ?? ''), 'utf8') : (env[variable] ?? '');
  } catch {
    // As if it were empty.
  }
  const url = text.trim();
  return URL.canParse(url) && /^https?:$/.test(new URL(url).protocol) ? url : null;
}

/** Null where it was delivered; otherwise why not, without the address. */
async function post(
  url: string,
  body: string,
  { http, signal }: GuardContext,
  pauseMs: number,
): Promise<string | null> {
  let why = '';
  for (let attempt = 0; attempt < TRIES; attempt++) {
    const wait = Math.min(LONGEST_PAUSE_MS, pauseMs * 2 ** (attempt - 1));
    if (attempt > 0) await sleep(wait, undefined, signal === undefined ? {} : { signal });
    try {
      const headers = { 'content-type': 'application/json' };
      const { status } = await http.send(url, {
        method: 'POST',
        headers,
        body,
        limit: MOST_ANSWER,
        redirects: 0,
        timeoutMs: TIMEOUT_MS,
      });
      if (status >= 200 && status < 300) return null;
      why = `it answers ${status}`;
      // What is refused now is refused again.
      if (status !== 429 && status !== 408 && status < 500) return `${why}; check the address`;
    } catch (error) {
      if (!(error instanceof HttpError)) throw error;
      // The sentence has the path in it, which is Slack's secret; the kind has not.
      why = WHY[error.kind] ?? 'the connection failed';
    }
  }
  return `${why}, ${TRIES} times`;
}

const WHY: Readonly<Record<string, string>> = {
  timeout: 'it does not answer in time',
  refused: 'nothing listens there',
  dns: 'its host name cannot be resolved',
  tls: 'its TLS certificate is not trusted',
};

/** Blocks, and a text for notifications and for readers that show no blocks. */
export function slackBody(report: GuardReport, ci: CiRun, root: string): string {
  const headline = headlineOf(report, ci);
  const lines = blocking(report)
    .slice(0, MOST)
    .map(
      (finding) => `• *${slackText(finding.rule)}* ${slackText(finding.title)} — ${slackText(placeOf(finding, root))}`,
    );
  const failures = failuresOf(report)
    .slice(0, MOST)
    .map((text) => `• not checked: ${slackText(text)}`);
  const rest = blocking(report).length - lines.length;
  if (rest > 0) lines.push(`and ${rest} more`);
  const facts = [
    ci.branch === '' ? '' : `branch ${slackText(ci.branch)}`,
    ci.commit === '' ? '' : `commit ${slackText(ci.commit.slice(0, 12))}`,
    ci.link === null ? '' : slackLink(ci.link, 'open the run'),
  ].filter((fact) => fact !== '');
  const blocks: object[] = [{ type: 'section', text: { type: 'mrkdwn', text: `*${slackText(headline)}*` } }];
  // A section holds 3,000 characters; one for each finding never comes near that.
  for (const line of [...lines, ...failures])
    blocks.push({ type: 'section', text: { type: 'mrkdwn', text: line.slice(0, 2950) } });
  if (facts.length > 0) blocks.push({ type: 'context', elements: [{ type: 'mrkdwn', text: facts.join('  ·  ') }] });
  return JSON.stringify({ text: slackText(headline), blocks });
}

/** `hemostat/gate-message@1`: the same for programs. */
export function webhookBody(report: GuardReport, ci: CiRun, root: string): string {
  return JSON.stringify({
    schema: 'hemostat/gate-message@1',
    outcome: report.outcome,
    verdict: report.verdict,
    at: report.at,
    ...ci,
    blocking: blocking(report).length,
    findings: blocking(report)
      .slice(0, MOST)
      .map((finding) => ({
        part: finding.part,
        rule: finding.rule,
        severity: finding.severity,
        verdict: finding.verdict,
        title: finding.title,
        place: placeOf(finding, root),
        fingerprint: finding.fingerprint,
      })),
    failures: failuresOf(report).slice(0, MOST),
  });
}

function headlineOf({ verdict }: GuardReport, { project }: CiRun): string {
  return `hemostat gate${project === '' ? '' : `, ${project}`}: ${verdict}`;
}

function blocking({ findings }: GuardReport): JudgedFinding[] {
  return findings.filter(({ standing }) => standing === 'blocks');
}

function failuresOf({ parts }: GuardReport): string[] {
  return parts.flatMap(({ part, failures }) => failures.map((text) => `${part}: ${text}`));
}

function placeOf(finding: JudgedFinding, root: string): string {
  return placeText(finding, { root, repository: root });
}
