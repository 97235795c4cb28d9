/**
 * Slack's incoming webhooks: blocks, and a text for notifications and for readers that show no blocks. At most 50 blocks,
 * 3,000 characters in a section, 150 in a header (docs.slack.dev, "Block Kit" and "Formatting text").
 */
import { slackLink, slackText } from '../../findings/slack.ts';
import type { AlertItem } from './item.ts';
import { factsOf, headingOf, linkOf, type Message, summaryOf } from './words.ts';

/** Two blocks each, one header and one line for what is left out: under 50. */
const MOST_ITEMS = 20;

export function slackBody(message: Message): string {
  const { items, pageUrl } = message;
  const shown = items.slice(0, MOST_ITEMS);
  const blocks: object[] = [];
  if (items.length > 1)
    blocks.push({ type: 'section', text: { type: 'mrkdwn', text: `*${slackText(summaryOf(message))}*` } });
  for (const item of shown) blocks.push(...blocksOf(item, pageUrl));
  const rest = items.length - shown.length;
  if (rest > 0) {
    const where = pageUrl === null ? '' : `: ${slackLink(`${pageUrl}/`, 'all findings')}`;
    blocks.push({ type: 'context', elements: [{ type: 'mrkdwn', text: `and ${rest} more${where}` }] });
  }
  const body = { text: slackText(summaryOf(message)), blocks };
  return JSON.stringify(body);
}

function blocksOf(item: AlertItem, pageUrl: string | null): object[] {
  const { record, kind } = item;
  const sentence = kind === 'resolved' || kind === 'worsened' ? item.says : `${record.finding.title}.`;
  const section = {
    type: 'section',
    text: { type: 'mrkdwn', text: `*${slackText(headingOf(item))}*\n${slackText(sentence)}` },
  };
  const facts = kind === 'resolved' ? [] : factsOf(record).map(slackText);
  const url = linkOf(pageUrl, record.id);
  if (url !== null) facts.push(slackLink(url, 'open the finding'));
  if (facts.length === 0) return [section];
  return [section, { type: 'context', elements: [{ type: 'mrkdwn', text: facts.join('  ·  ') }] }];
}
