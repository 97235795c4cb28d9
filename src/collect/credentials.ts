/** The forms that credentials may have, wherever they come from. Messages are the caller's: none repeats a value. */

const HEADER = /^([!#$%&'*+.^_`|~\w-]+):\s*([\x20-\x7e\t]*)$/;

/** `Name: value` in plain characters; null for anything else. */
export function headerOf(text: string): readonly [name: string, value: string] | null {
  const [, name, value] = HEADER.exec(text) ?? [];
  return name === undefined || value === undefined ? null : [name, value];
}

/** Whether a header may hold it as a bearer token: no spaces, no control characters, not empty. */
export function isToken(text: string): boolean {
  return /^[\x21-\x7e]+$/.test(text);
}

export function isPem(text: string): boolean {
  return text.includes('-----BEGIN ');
}
