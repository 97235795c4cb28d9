/**
 * Fills the built page (ui/dist/report.html) with answers, so that it opens from disk without a server. Its policy lets
 * nothing run but the script that was built, and nothing be asked of any network.
 */
import { createHash } from 'node:crypto';

/** What the page begins with, and its answers by API path; see ui/src/data.ts. */
export interface ReportData {
  /** Place in the page: `#/service/-/shop`. */
  readonly start: string;
  /** The answer in one sentence, then notes. */
  readonly says: readonly string[];
  /** Links at the top, in order. */
  readonly pages: readonly { readonly name: string; readonly href: string }[];
  /** The window, ms; null where there is no time. */
  readonly range: { readonly from: number; readonly to: number } | null;
  readonly answers: Readonly<Record<string, unknown>>;
  /** Paths whose answer is that of another path. */
  readonly same: Readonly<Record<string, string>>;
}

/**
 * @param template the single-file build of the page
 * @throws Error where the template is not such a page: something is wrong with the build
 */
export function fillReport(template: string, data: ReportData): string {
  // The parser of HTML reads these as line feeds, and hashes are over what it read.
  const html = template.replaceAll(/\r\n?/g, '\n');
  const script = elements(html, '<script type="module">', '</script>');
  const rest = script.reduce((text, code) => text.replace(code, ''), html);
  const style = elements(rest, '<style>', '</style>');
  const head = '<meta charset="utf-8" />';
  if (script.length !== 1 || style.length === 0 || !html.includes(head) || !html.includes('</body>'))
    throw new Error('ui/dist/report.html is not the page that npm run build:ui makes; build it again');
  const policy = [
    "default-src 'none'",
    `script-src ${script.map(hash).join(' ')}`,
    `style-src ${style.map(hash).join(' ')}`,
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
  const meta = `${head}\n    <meta http-equiv="Content-Security-Policy" content="${policy}" />`;
  const json = `<script type="application/json" id="hemostat-report">${embed(data)}</script>`;
  const end = html.lastIndexOf('</body>');
  return `${html.slice(0, end).replace(head, () => meta)}${json}\n  ${html.slice(end)}`;
}

/** JSON that no string in it can end or hide: without `<` there is neither `</script` nor `<!--`. */
function embed(data: ReportData): string {
  return JSON.stringify(data).replaceAll('<', '\\u003c');
}

function elements(html: string, begin: string, end: string): string[] {
  const found: string[] = [];
  for (let at = html.indexOf(begin); at >= 0; at = html.indexOf(begin, at)) {
    const from = at + begin.length;
    const to = html.indexOf(end, from);
    if (to < 0) break;
    found.push(html.slice(from, to));
    at = to;
  }
  return found;
}

function hash(text: string): string {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
}
