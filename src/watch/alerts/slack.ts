/**
 * Slack's incoming webhooks: blocks, and a text for notifications and for readers that show no blocks. At most 50 blocks,
 * 3,000 characters in a section, 150 in a header (docs.slack.dev, "Block Kit" and "Formatting text").
 */
import type { AlertItem } from './item.ts';
import { factsOf, headingOf, linkOf, type Message, summaryOf } from './words.ts';

/** Two blocks each, one header and one line for what is left out: under 50. */
const MOST_ITEMS = 20;
const MOST_TEXT = 2900;

export function slackBody(message: Message): string {
  const { items, pageUrl } = message;
  const shown = items.slice(0, MOST_ITEMS);
  const blocks: object[] = [];
  if (items.length > 1)
    blocks.push({ type: 'section', text: { type: 'mrkdwn', text: `*${text(summaryOf(message))}*` } });
  for (const item of shown) blocks.push(...blocksOf(item, pageUrl));
  const rest = items.length - shown.length;
  if (rest > 0) {
    const where = pageUrl === null ? '' : `: ${link(`${pageUrl}/`, 'all findings')}`;
    blocks.push({ type: 'context', elements: [{ type: 'mrkdwn', text: `and ${rest} more${where}` }] });
  }
  const body = { text: text(summaryOf(message)), blocks };
  return JSON.stringify(body);
}

function blocksOf(item: AlertItem, pageUrl: string | null): object[] {
  const { record, kind } = item;
  const sentence = kind === 'resolved' || kind === 'worsened' ? item.says : `${record.finding.title}.`;
  const section = { type: 'section', text: { type: 'mrkdwn', text: `*${text(headingOf(item))}*\n${text(sentence)}` } };
  const facts = kind === 'resolved' ? [] : factsOf(record).map(text);
  const url = linkOf(pageUrl, record.id);
  if (url !== null) facts.push(link(url, 'open the finding'));
  if (facts.length === 0) return [section];
  return [section, { type: 'context', elements: [{ type: 'mrkdwn', text: facts.join('  ·  ') }] }];
}

/** The three characters that Slack gives a meaning; what looks like *bold* or a mention is then only text with marks. */
function text(words: string): string {
  const escaped = words.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  if (escaped.length <= MOST_TEXT) return escaped;
  // Not in the middle of an entity.
  return `${escaped.slice(0, MOST_TEXT).replace(/&[a-z]*$/, '')}…`;
}

function link(url: string, words: string): string {
  return `<${url.replaceAll('&', '&amp;').replaceAll('<', '%3C').replaceAll('>', '%3E').replaceAll('|', '%7C')}|${words}>`;
}
