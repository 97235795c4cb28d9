/** As `engines` in package.json says. */
const OLDEST = [22, 22] as const;

/** What is wrong with this version of Node, or null: an older one fails somewhere in the middle, with a stack trace. */
export function nodeTooOld(version: string): string | null {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1])) return null;
  return `Node.js ${OLDEST.join('.')} or newer is needed, and this is ${version}`;
}
