/** go.work (https://go.dev/ref/mod#go-work-file) and vendor/modules.txt. Pure: text in, records out. */
import { directives, type ModuleVersion, parseReplacement, type Replacement } from './modfile.ts';

export interface WorkFile {
  /** Directories of the workspace's modules, as written: relative to the file or absolute. */
  readonly use: readonly string[];
  readonly replace: readonly Replacement[];
  /** `go.work:3: …`, one sentence each. */
  readonly problems: readonly string[];
}

export function parseWorkFile(text: string, path: string): WorkFile {
  const problems: string[] = [];
  const use: string[] = [];
  const replace: Replacement[] = [];
  for (const { verb, words, line } of directives(text, path, problems)) {
    const [first = ''] = words;
    if (verb === 'use') {
      if (first === '') problems.push(`${path}:${line}: use names no directory`);
      else use.push(first);
    } else if (verb === 'replace') {
      const replacement = parseReplacement(words);
      if (replacement === null)
        problems.push(`${path}:${line}: replace needs the form: path [version] => path [version]`);
      else replace.push(replacement);
    } else if (!['go', 'toolchain', 'godebug'].includes(verb)) {
      problems.push(`${path}:${line}: unknown directive ${verb}: it is passed over`);
    }
  }
  return { use, replace, problems };
}

/** A module below vendor/, with its go line where modules.txt says it. */
export interface VendoredModule extends ModuleVersion {
  /** `1.21`; '' if not said. */
  readonly go: string;
}

/** Modules by the import path of each vendored package. */
export function parseVendorModules(text: string): Map<string, VendoredModule> {
  const packages = new Map<string, VendoredModule>();
  let path = '';
  let version = '';
  let goLine = '';
  for (const raw of text.split('\n')) {
    const line = raw.trim();
    if (line.startsWith('# ')) {
      const words = line.slice(2).split(' ');
      path = words[0] ?? '';
      version = words[1] === undefined || words[1] === '=>' ? '' : words[1];
      goLine = '';
    } else if (line.startsWith('## ')) {
      goLine = /(?:^|;)\s*go\s+(\S+?)\s*(?:;|$)/.exec(line.slice(3))?.[1] ?? goLine;
    } else if (line !== '' && !line.startsWith('#') && path !== '') {
      packages.set(line, { path, version, go: goLine });
    }
  }
  return packages;
}
