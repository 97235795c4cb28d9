/** Names of files as people and tools see them: relative to where they are. */
import { relative, sep } from 'node:path';
import type { ChainStep, Finding, Region, TextEdit } from '../../findings/model.ts';

/** `path` from `root`, with `/`; unchanged where that would need to go far up or to another drive. */
export function shownPath(path: string, root: string): string {
  const name = relative(root, path);
  if (name === '') return path;
  const up = name.split(sep).filter((part) => part === '..').length;
  return up > 3 || name === path ? path : name.split(sep).join('/');
}

/** The finding with every file of it as it is shown. */
export function withPaths(finding: Finding, show: (path: string) => string): Finding {
  const region = (r: Region): Region => ({ ...r, file: show(r.file) });
  const edit = (e: TextEdit): TextEdit => ({ ...e, file: show(e.file) });
  const step = (s: ChainStep): ChainStep => ({
    ...s,
    ...(s.where === undefined ? {} : { where: { ...s.where, file: show(s.where.file) } }),
    ...(s.region === undefined ? {} : { region: region(s.region) }),
  });
  const { fix, suppression } = finding;
  return {
    ...finding,
    where: { ...finding.where, file: show(finding.where.file) },
    chain: finding.chain.map(step),
    fix: fix.edits === undefined ? fix : { ...fix, edits: fix.edits.map(edit) },
    ...(finding.region === undefined ? {} : { region: region(finding.region) }),
    ...(suppression === undefined ? {} : { suppression: { ...suppression, file: show(suppression.file) } }),
  };
}
