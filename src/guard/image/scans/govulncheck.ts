/**
 * `govulncheck -json`: JSON objects one after the other, each a message (https://pkg.go.dev/golang.org/x/vuln/internal/govulncheck).
 * A finding's trace goes from the vulnerable symbol to its caller; only where source was looked at, and at the level `symbol`, a
 * trace without function says that nothing calls it.
 */
import { z } from 'zod';
import { aliasesOf, clean, dateOf, type ScanReport, type Vulnerability } from './scan.ts';

export const govulncheckConfig = z.object({
  protocol_version: z.string(),
  scanner_name: z.string().nullish(),
  db_last_modified: z.string().nullish(),
  scan_level: z.string().nullish(),
  scan_mode: z.string().nullish(),
});

const message = z.object({
  config: govulncheckConfig.nullish(),
  osv: z.object({ id: z.string(), aliases: z.array(z.string()).nullish() }).nullish(),
  finding: z
    .object({
      osv: z.string(),
      fixed_version: z.string().nullish(),
      trace: z.array(z.object({ module: z.string(), version: z.string().nullish(), function: z.string().nullish() })),
    })
    .nullish(),
});

/** @throws ZodError */
export function readGovulncheck(messages: readonly unknown[]): ScanReport {
  const aliases = new Map<string, readonly string[]>();
  const found = new Map<string, Vulnerability>();
  let config: z.infer<typeof govulncheckConfig> | null = null;
  const read = messages.map((one) => message.parse(one));
  for (const one of read) {
    config ??= one.config ?? null;
    if (one.osv) aliases.set(one.osv.id, one.osv.aliases ?? []);
  }
  // A binary has no symbol of a function that was inlined: there, no symbol does not mean no call (testdata/govulncheck-binary.json).
  const looksAtCalls = config?.scan_level === 'symbol' && config.scan_mode === 'source';
  for (const { finding } of read) {
    const at = finding?.trace[0];
    if (!finding || at === undefined) continue;
    const key = JSON.stringify([finding.osv, at.module, at.version ?? '']);
    // In a binary it is a symbol that is there, and of a stripped one every symbol that is vulnerable (testdata/real).
    const called = Boolean(at.function) && config?.scan_mode !== 'binary';
    const id = clean(finding.osv);
    const known = found.get(key);
    found.set(key, {
      id,
      aliases: aliasesOf(id, [...(aliases.get(finding.osv) ?? [])]),
      package: clean(at.module),
      version: clean(at.version),
      fixed: clean(finding.fixed_version) || known?.fixed || null,
      severity: 'unknown',
      reachable: called || known?.reachable === true ? true : looksAtCalls ? false : null,
      scanners: ['govulncheck'],
    });
  }
  return {
    scanner: 'govulncheck',
    digests: [],
    layers: [],
    goModules: config?.scan_mode === 'binary' ? true : null,
    ofImage: false,
    created: null,
    database: dateOf(config?.db_last_modified),
    vulnerabilities: [...found.values()],
  };
}
