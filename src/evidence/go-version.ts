/** The minor of `go1.26.8`, `go1.27-devel_ab12 X:…`, `devel go1.28-…`; null where it is none of Go 1. */
export function minorOf(goVersion: string): number | null {
  const found = /\bgo1\.(\d+)/.exec(goVersion);
  return found?.[1] === undefined ? null : Number(found[1]);
}
