/** Keeps secrets out of manifests, notes and messages. */

const SECRET_FLAG = /(pass(word|wd)?|secret|token|api-?_?key|credential|auth|dsn|private-?_?key)/i;
const USERINFO = /([a-z][a-z0-9+.-]*:\/\/)[^/@\s]*@/gi;

/** A URL without its userinfo, query values of the user's and fragment. */
export function redactUrl(text: string): string {
  return text.replace(USERINFO, '$1');
}

/** A command line fit for a manifest: values of flags that sound like secrets and userinfo in URLs are left out. */
export function redactArgv(argv: readonly string[]): string[] {
  const out: string[] = [];
  let hideNext = false;
  for (const word of argv) {
    const isFlag = word.startsWith('-');
    if (hideNext && !isFlag) {
      out.push('***');
      hideNext = false;
      continue;
    }
    hideNext = false;
    const equals = word.indexOf('=');
    const name = equals < 0 ? word : word.slice(0, equals);
    const secret = SECRET_FLAG.test(name) && (isFlag || equals > 0);
    if (secret && equals > 0) out.push(`${name}=***`);
    else {
      hideNext = secret;
      out.push(redactUrl(word));
    }
  }
  return out;
}
