/** vendor/modules.txt (https://go.dev/ref/mod#vendoring): modules with the packages that were copied from each. Pure. */

export interface VendoredModule {
  /** 1-based. */
  readonly line: number;
  readonly path: string;
  /** '' where a replacement for any version is only recorded. */
  readonly version: string;
  /** What replaces it; version '' is a directory. */
  readonly by: { readonly path: string; readonly version: string } | null;
  /** go.mod requires it itself. */
  readonly explicit: boolean;
  readonly packages: readonly string[];
}

export interface ModulesTxt {
  readonly modules: readonly VendoredModule[];
  /** Made by `go work vendor`. */
  readonly workspace: boolean;
  /** `line 7: …`, one sentence each. */
  readonly problems: readonly string[];
}

export function parseModulesTxt(text: string): ModulesTxt {
  const modules: (VendoredModule & { explicit: boolean; packages: string[] })[] = [];
  const problems: string[] = [];
  let workspace = false;
  for (const [index, raw] of text.split('\n').entries()) {
    const line = raw.trim();
    const last = modules.at(-1);
    const bad = (says: string): void => {
      problems.push(`line ${index + 1}: ${says}`);
    };
    if (line === '') continue;
    if (line.startsWith('## ')) {
      const marks = line
        .slice(3)
        .split(';', 20)
        .map((mark) => mark.trim());
      if (marks.includes('workspace') && last === undefined) workspace = true;
      else if (last === undefined) bad('## stands before the first module');
      else if (marks.includes('explicit')) last.explicit = true;
    } else if (line.startsWith('# ')) {
      const words = line.slice(2).split(/\s+/, 6);
      const arrow = words.indexOf('=>');
      const [path = '', version = ''] = arrow < 0 ? words : words.slice(0, arrow);
      const [byPath = '', byVersion = ''] = arrow < 0 ? [] : words.slice(arrow + 1);
      if (path === '' || (arrow < 0 && version === '') || (arrow >= 0 && byPath === ''))
        bad('no module and version after #');
      else
        modules.push({
          line: index + 1,
          path,
          version,
          by: arrow < 0 ? null : { path: byPath, version: byVersion },
          explicit: false,
          packages: [],
        });
    } else if (line.startsWith('#')) continue;
    else if (last === undefined) bad('a package stands before the first module');
    else last.packages.push(line);
  }
  return { modules, workspace, problems };
}
