/** WWW-Authenticate headers (RFC 9110 section 11.6.1), several challenges in one header included. */

export interface Challenge {
  /** Lower case, e.g. `bearer`. */
  readonly scheme: string;
  /** Names in lower case. */
  readonly parameters: Readonly<Record<string, string>>;
}

const LONGEST = 16 * 1024;
/** A parameter, or the scheme of the next challenge; sticky, so that nothing is skipped. */
const PARAMETER = /[\s,]*([A-Za-z0-9!#$%&'*+.^_`|~-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]*))/y;
const SCHEME = /[\s,]*([A-Za-z0-9!#$%&'*+.^_`|~-]+)(?=\s|,|$)/y;

/** What can be read of the header; a piece that does not hold ends it. */
export function parseChallenges(header: string): Challenge[] {
  const text = header.slice(0, LONGEST);
  const challenges: { scheme: string; parameters: Record<string, string> }[] = [];
  let at = 0;
  while (at < text.length) {
    PARAMETER.lastIndex = at;
    const parameter = PARAMETER.exec(text);
    const current = challenges.at(-1);
    if (parameter !== null && current !== undefined) {
      const name = (parameter[1] ?? '').toLowerCase();
      if (!Object.hasOwn(current.parameters, name)) {
        current.parameters[name] = parameter[3] ?? (parameter[2] ?? '').replace(/\\(.)/g, '$1');
      }
      at = PARAMETER.lastIndex;
      continue;
    }
    SCHEME.lastIndex = at;
    const scheme = SCHEME.exec(text);
    if (scheme === null) break;
    challenges.push({ scheme: (scheme[1] ?? '').toLowerCase(), parameters: Object.create(null) });
    at = SCHEME.lastIndex;
  }
  return challenges;
}
