/** `hemostat probe`: writes out the Go file with which a service hands out heap dumps of itself. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { TargetError } from '../collect/error.ts';
import { UsageError } from './exit.ts';
import { HOME } from './version.ts';

/** The package that the file belongs to as it is kept here. */
const OWN_PACKAGE = 'hemostat';

interface ProbeOptions {
  readonly package: string;
  readonly output?: string;
  readonly force?: true;
}

export function command(): Command {
  return new Command('probe')
    .description('print the Go file with which a service hands out heap dumps of itself (off until mounted)')
    .option('--package <name>', 'package clause of the file', OWN_PACKAGE)
    .option('-o, --output <file>', 'write it here instead of to standard output')
    .option('--force', 'overwrite the file')
    .addHelpText('after', '\nExample:\n  hemostat probe --package hemostat -o internal/hemostat/hemostat.go')
    .action((options: ProbeOptions) => {
      const source = probeSource(options.package);
      if (options.output === undefined) process.stdout.write(source);
      else write(options.output, source, options.force === true);
    });
}

/**
 * The text of probe/hemostat.go as a file of package `name`.
 *
 * @throws UsageError where `name` cannot be a Go package's name.
 */
export function probeSource(name: string): string {
  checkPackageName(name);
  const source = readFileSync(join(HOME, 'probe', 'hemostat.go'), 'utf8');
  if (name === OWN_PACKAGE) return source;
  // Documentation of a package starts with its name; of package main, with "Command" or anything.
  return source
    .replace(/^package hemostat$/m, `package ${name}`)
    .replace(/^\/\/ Package hemostat /m, `// Package ${name} `);
}

/** https://go.dev/ref/spec#Keywords */
const KEYWORDS: ReadonlySet<string> = new Set(
  (
    'break case chan const continue default defer else fallthrough for func go goto if import interface map package ' +
    'range return select struct switch type var'
  ).split(' '),
);

/** An identifier of the Go specification (letters of any script, digits, underscore), neither blank nor a keyword. */
function checkPackageName(name: string): void {
  if (!/^[\p{L}_][\p{L}\p{Nd}_]*$/u.test(name) || name.length > 100) {
    throw new UsageError(
      `--package ${JSON.stringify(name)} is not a Go identifier; give a name such as hemostat or main`,
    );
  }
  if (name === '_') throw new UsageError('--package _ cannot be imported; give a name such as hemostat or main');
  if (KEYWORDS.has(name))
    throw new UsageError(`--package ${name} is a keyword of Go; give a name such as hemostat or main`);
}

function write(path: string, source: string, force: boolean): void {
  try {
    writeFileSync(path, source, { flag: force ? 'w' : 'wx' });
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'EEXIST') throw new UsageError(`${path} exists; give --force to overwrite it, or another -o FILE`);
    if (code === 'ENOENT')
      throw new TargetError(`${path} cannot be written: its directory does not exist; create it first`);
    throw new TargetError(`${path} cannot be written: ${error instanceof Error ? error.message : String(error)}`);
  }
}
