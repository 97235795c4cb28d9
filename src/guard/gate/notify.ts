/**
 * Tells people of a gate's verdict: Slack's incoming webhooks, or JSON to any address. A message that cannot be sent changes nothing
 * but is said. The address is a secret: it is in no sentence and no log.
 */
import { slackLink, slackText } from '../../findings/slack.ts';
import type { GuardContext } from '../part.ts';
import { placeText } from '../report/places.ts';
import type { GuardReport, JudgedFinding } from '../report/report.ts';
import { type CiRun, ciRun } from './ci.ts';
import { addressOf, PAUSE_MS, post } from './post.ts';
import type { NotifyTarget } from './settings.ts';

/** Findings in one message: it says that something is wrong, the report says what. */
const MOST = 5;

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
  const why = await post(url, body, {}, context, pauseMs);
  return why === null ? null : `${name} could not be told: ${why}`;
}

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
