/** Credentials in plain values. Values are looked at and never given back. */

/** Shapes that nothing else has. */
const SHAPES: readonly [RegExp, string][] = [
  [/-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----/, 'a private key'],
  [/\b(AKIA|ASIA)[A-Z0-9]{16}\b/, 'an access key of AWS'],
  [/\bgh[pousr]_[A-Za-z0-9]{36,}\b|\bgithub_pat_\w{50,}/, 'a token of GitHub'],
  [/\bglpat-[\w-]{20,}/, 'a token of GitLab'],
  [/\bxox[abprs]-[\w-]{20,}|hooks\.slack\.com\/services\/T\w+\/B\w+\/\w+/, 'a token of Slack'],
  [/\bsk_live_\w{20,}/, 'a key of Stripe'],
  [/\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{20,}/, 'a signed token (JWT)'],
  [/\b(hvs|hvb)\.[\w-]{20,}/, 'a token of Vault'],
  [/\bnpm_[A-Za-z0-9]{36}\b/, 'a token of npm'],
];

/** `scheme://user:password@host` with a password that is one. */
const IN_ADDRESS = /^[a-z][a-z0-9+.-]{1,20}:\/\/[^\s/:@]{0,200}:([^\s/@]{1,200})@/i;

const WORDS =
  /(^|_)(PASSWORD|PASSWD|PWD|PASS|SECRET|TOKEN|API_?KEY|PRIVATE_?KEY|ACCESS_?KEY|ENCRYPTION_?KEY|CREDENTIALS?)(_[A-Z0-9]+)?$/;
/** The variable names where the secret is, or something about it. */
const ABOUT =
  /_(FILE|PATH|DIR|NAME|ID|TTL|URL|URI|ENDPOINT|HEADER|TYPE|TIMEOUT|EXPIR\w*|LENGTH|MIN|MAX|ALGORITHM|ISSUER|REF|ENABLED|REQUIRED|POLICY|LOCATION|KEY_NAME|USER|USERNAME|COUNT|SIZE|INTERVAL|AUDIENCE|REFRESH|ROTATION|MODE|PROVIDER)$/;

/** What credential an environment variable holds; `sure` where its value has the shape of one. */
export function secretIn(name: string, value: string): { what: string; sure: boolean } | null {
  if (value === '') return null;
  for (const [shape, what] of SHAPES) if (shape.test(value)) return { what, sure: true };
  const password = IN_ADDRESS.exec(value)?.[1];
  if (password !== undefined && !isReference(password)) return { what: 'a password in an address', sure: true };
  const upper = name
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replaceAll(/[.-]/g, '_')
    .toUpperCase();
  if (!WORDS.test(upper) || ABOUT.test(upper) || isReference(value)) return null;
  if (/^(true|false|yes|no|none|null|disabled|enabled|optional|\d{1,3}[smhd]?)$/i.test(value)) return null;
  if (/^\.{0,2}\/|^[a-z]+:\/\//i.test(value)) return null;
  return { what: 'what its name says is a credential', sure: false };
}

/** `$(VAR)`, `${VAR}`, `<placeholder>`, `{{ template }}`, `vault:path`: somebody else fills it in. */
function isReference(value: string): boolean {
  return /^\$[({]|^<.*>$|\{\{|^(vault|ref|secret|aws-sm|gcp-sm|op):|^\*+$|^%\(/.test(value);
}
