/** `hemostat guard image`: whether one image may go on, by what scanners and signatures say of its digest. */
import type { Command } from 'commander';
import type { PartRunner } from '../guard/gate/gate.ts';
import { EXIT_CODES, guardCommand, list, type RawGuardOptions } from './guard-options.ts';

interface RawImage extends RawGuardOptions {
  readonly report?: readonly string[];
  readonly require?: readonly string[];
  readonly maxReportAge?: string;
  readonly key?: readonly string[];
  readonly trustedRoot?: string;
  readonly identity?: readonly string[];
  readonly forms?: readonly string[];
  readonly signKey?: string;
  readonly policyName?: string;
  readonly quarantine: boolean;
  readonly dryRun?: boolean;
  readonly insecure?: boolean;
}

export function command(): Command {
  return guardCommand('image', 'Says whether an image may go on: its scan reports, its signatures, its digest.')
    .argument('[ref]', 'registry/name:tag, with or without @sha256:… (default: gate.image.ref)')
    .option('--report <file...>', 'reports of Trivy, Grype, osv-scanner, govulncheck -json, or SARIF')
    .option('--require <scanners>', 'nothing passes without these, separated by commas', list)
    .option('--max-report-age <hours>', 'older reports do not count (default: 72)')
    .option('--key <file...>', 'public keys whose signatures count')
    .option('--identity <issuer=subject...>', 'keyless signers that count; needs --trusted-root')
    .option('--trusted-root <file>', 'a sigstore trusted_root.json')
    .option(
      '--forms <forms>',
      'the forms that admission reads: sig-tag, bundle-referrer, bundle-fallback-tag; all must be readable',
      list,
    )
    .option('--sign-key <file>', 'sign the verdict with this private key and put it beside the image')
    .option('--policy-name <name>', 'in the quarantine tag and the verdict (default: default)')
    .option('--no-quarantine', 'give a refused digest no tag')
    .option('--dry-run', 'write nothing to the registry')
    .option('--insecure', 'plain HTTP to a registry that is not on this machine')
    .addHelpText(
      'after',
      `
A refused digest gets the tag quarantine-NAME; no other tag is moved and nothing is removed.

By hand, in three steps (docs/guard-image.md):
  1. push:  skopeo copy docker-archive:app.tar docker://registry.example/shop/api:v1
  2. scan:  trivy image --format json --list-all-pkgs -o trivy.json registry.example/shop/api@sha256:…
  3. ask:   hemostat guard image registry.example/shop/api@sha256:… --report trivy.json --dry-run

Examples:
  hemostat guard image registry.example/shop/api:v1 --report trivy.json --key cosign.pub
  hemostat guard image registry.example/shop/api@sha256:… --report trivy.json --require trivy \\
    --key cosign.pub --forms sig-tag,bundle-referrer --sign-key gate.key
  hemostat guard image registry.example/shop/api:v1 --report grype.json --dry-run

Credentials are those of docker, podman or skopeo (login), or HEMOSTAT_REGISTRY with
HEMOSTAT_REGISTRY_USER and HEMOSTAT_REGISTRY_PASSWORD. The password of an encrypted
signing key is COSIGN_PASSWORD.

${EXIT_CODES}`,
    )
    .action(async (ref: string | undefined, raw: RawImage) => {
      const { runPart } = await import('./guard-run.ts');
      const { imageSettings } = await import('../guard/image/settings.ts');
      const { imageRunner } = await import('./gate-parts.ts');
      let conclude: Required<PartRunner>['conclude'] | null = null;
      process.exitCode = await runPart(
        {
          part: 'image',
          schema: imageSettings,
          flags: flagsOf(ref, raw),
          root: process.cwd(),
          subject: ref ?? 'image',
          run: async (settings, context) => {
            const runner = imageRunner(settings);
            conclude = runner.conclude;
            return runner.run(context);
          },
          conclude: async (result, decision) => (conclude === null ? result : conclude(result, decision)),
        },
        raw,
      );
    });
}

/** What was not given stays undefined, so that the file's setting is taken. */
function flagsOf(ref: string | undefined, raw: RawImage): Readonly<Record<string, unknown>> {
  const identities = raw.identity?.map((text) => {
    // The issuer is a URL; a subject may have any character.
    const at = text.indexOf('=');
    return { issuer: text.slice(0, Math.max(0, at)), subject: text.slice(at + 1) };
  });
  const trust = {
    keys: raw.key,
    identities,
    'trusted-root': raw.trustedRoot,
    forms: raw.forms,
  };
  const trusts = Object.values(trust).some((value) => value !== undefined);
  return {
    ref,
    reports: raw.report,
    require: raw.require,
    'max-report-age-hours': raw.maxReportAge === undefined ? undefined : Number(raw.maxReportAge),
    policy: raw.policyName === undefined ? undefined : { name: raw.policyName },
    quarantine: raw.quarantine ? undefined : 'off',
    signature: trusts ? trust : undefined,
    verdict: raw.signKey === undefined ? undefined : { key: raw.signKey },
    'dry-run': raw.dryRun,
    insecure: raw.insecure,
  };
}
