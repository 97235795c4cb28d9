/**
 * Fills a target's names into a PromQL query: `{{instance}}` becomes `"10.0.0.7:6060"`, and inside quotes only what is
 * between them. Values come from discovery, so each is escaped for where it stands: it cannot end its string.
 */

/** Characters of a filled-in query: it is sent in a URL, and Prometheus takes 1 MiB of headers. */
const LONGEST = 64 << 10;
const PLACEHOLDER = /\{\{\s*([A-Za-z_]\w*)\s*\}\}/y;

type Part = { readonly text: string } | { readonly name: string; readonly quote: '' | '"' | "'" | '`' };

/** What is wrong with the placeholders or the quotes of a query, to go on from its name; null: nothing. */
export function checkQuery(query: string): string | null {
  const parts = split(query);
  return typeof parts === 'string' ? parts : null;
}

/**
 * `value` tells what a name stands for; '' where a target has no such label. Null where a value cannot be written there, or
 * the query becomes longer than any server takes.
 */
export function fillQuery(query: string, value: (name: string) => string): string | null {
  const parts = split(query);
  if (typeof parts === 'string') return null;
  let filled = '';
  for (const part of parts) {
    if ('text' in part) filled += part.text;
    else {
      const text = value(part.name);
      // Nothing can be escaped in there.
      if (part.quote === '`' && text.includes('`')) return null;
      if (filled.length + text.length > LONGEST) return null;
      if (part.quote === '`') filled += text;
      else filled += part.quote === '' ? `"${escaped(text, '"')}"` : escaped(text, part.quote);
    }
  }
  return filled;
}

function split(query: string): Part[] | string {
  const parts: Part[] = [];
  let quote: '' | '"' | "'" | '`' = '';
  let from = 0;
  for (let i = 0; i < query.length; i++) {
    const char = query[i] ?? '';
    if (char === '\\' && quote !== '' && quote !== '`') i++;
    else if (char === quote) quote = '';
    else if (quote === '' && (char === '"' || char === "'" || char === '`')) quote = char;
    else if (char === '{' && query[i + 1] === '{') {
      PLACEHOLDER.lastIndex = i;
      const [whole, name] = PLACEHOLDER.exec(query) ?? [];
      if (whole === undefined || name === undefined)
        return `has a placeholder that is none ("${query.slice(i, i + 20)}"): write it like {{instance}}`;
      parts.push({ text: query.slice(from, i) }, { name, quote });
      i += whole.length - 1;
      from = i + 1;
    }
  }
  if (quote !== '') return `has a ${quote} that is not closed`;
  parts.push({ text: query.slice(from) });
  return parts;
}

/** As Go's string literals, which PromQL's are. */
function escaped(text: string, quote: string): string {
  return text.replace(/[\\"'\n\r\t]/g, (char) => {
    if (char === '\n') return '\\n';
    if (char === '\r') return '\\r';
    if (char === '\t') return '\\t';
    return char === '\\' || char === quote ? `\\${char}` : char;
  });
}
