/** Words in Slack's "mrkdwn" (docs.slack.dev, "Formatting text"): what messages of watch and of the gate share. */

/** Under the 3,000 characters that a section may have. */
const MOST_TEXT = 2900;

/** The three characters that Slack gives a meaning; what looks like *bold* or a mention is then only text with marks. */
export function slackText(words: string): string {
  const escaped = words.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  if (escaped.length <= MOST_TEXT) return escaped;
  // Not in the middle of an entity.
  return `${escaped.slice(0, MOST_TEXT).replace(/&[a-z]*$/, '')}…`;
}

export function slackLink(url: string, words: string): string {
  return `<${url.replaceAll('&', '&amp;').replaceAll('<', '%3C').replaceAll('>', '%3E').replaceAll('|', '%7C')}|${words}>`;
}
