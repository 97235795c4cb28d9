/** vendor/modules.txt against go.mod, as the go command compares them before a build with -mod=vendor (modload.checkVendorConsistency). Pure. */
import type { Replacement } from '../../../golang/modfile.ts';
import type { ModulesTxt } from './modules-txt.ts';

export interface VendorDisagreement {
  /** Module that it is about. */
  readonly path: string;
  readonly version: string;
  /** Of modules.txt; 0 where it has no line for it. */
  readonly line: number;
  readonly says: string;
}

export function vendorDisagreements(
  txt: ModulesTxt,
  mod: {
    readonly require: readonly { readonly path: string; readonly version: string }[];
    readonly replace: readonly Replacement[];
  },
): VendorDisagreement[] {
  const found: VendorDisagreement[] = [];
  const required = new Map(mod.require.map((m) => [m.path, m.version]));
  for (const { path, version } of mod.require) {
    const there = txt.modules.find((m) => m.path === path && m.version === version);
    const other = txt.modules.find((m) => m.path === path && m.version !== '');
    if (there?.explicit === true) continue;
    const says =
      there !== undefined
        ? `go.mod requires ${path} ${version}, and modules.txt does not mark it as explicit`
        : other !== undefined
          ? `go.mod requires ${path} ${version}, modules.txt has ${other.version}`
          : `go.mod requires ${path} ${version}, modules.txt does not have it`;
    found.push({ path, version, line: (there ?? other)?.line ?? 0, says });
  }
  for (const { path, version, line, explicit } of txt.modules)
    if (explicit && version !== '' && required.get(path) === undefined)
      found.push({
        path,
        version,
        line,
        says: `modules.txt has ${path} ${version} as explicit, and go.mod does not require it`,
      });
  for (const { path, version, line, by } of txt.modules) {
    const should = replacementOf(mod.replace, path, version);
    const [is, wanted] = [shown(by), shown(should)];
    if (is !== wanted)
      found.push({
        path,
        version,
        line,
        says: `modules.txt has ${path} ${version} replaced by ${is}, go.mod by ${wanted}`,
      });
  }
  return found;
}

/** A replacement of the version goes before one of the module. */
export function replacementOf(
  replace: readonly Replacement[],
  path: string,
  version: string,
): { readonly path: string; readonly version: string } | null {
  const of = replace.filter(({ old }) => old.path === path);
  return (of.find(({ old }) => old.version === version) ?? of.find(({ old }) => old.version === ''))?.new ?? null;
}

function shown(by: { readonly path: string; readonly version: string } | null): string {
  return by === null ? 'nothing' : `${by.path} ${by.version}`.trim();
}
