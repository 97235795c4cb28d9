/**
 * The lines around a finding, from the directory that is configured as the service's source. Profiles have the path of
 * the machine that built the service, or one below the module (-trimpath), so that the file is looked for by the longest
 * end of that path. Nothing outside of the directory is read, whatever a profile or a link says.
 */
import { open, realpath, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { packageOf } from '../../diagnose/packages.ts';
import type { Where } from '../../findings/model.ts';
import type { FindingDetail } from '../api/contract.ts';

const LINES_AROUND = 8;
/** A source file of more than this is no source file, bytes. */
const MAX_BYTES = 4 << 20;
const MAX_LINE = 400;

/** Null where the file is not there, or is no Go file. */
export async function sourceLines(directory: string, where: Where): Promise<FindingDetail['source']> {
  if (where.line < 1 || !where.file.endsWith('.go')) return null;
  const path = await findFile(directory, where.file);
  if (path === null) return null;
  const text = await readText(path);
  if (text === null) return null;
  const lines = text.split('\n');
  // A name alone may be that of another package's file: `server.go` is in half of all modules.
  if (!lines.some((line) => line.trim() === `package ${clauseOf(packageOf(where.function))}`)) return null;
  if (where.line > lines.length) return null;
  const firstLine = Math.max(1, where.line - LINES_AROUND);
  return {
    file: where.file,
    firstLine,
    lines: lines.slice(firstLine - 1, where.line + LINES_AROUND).map((line) => line.slice(0, MAX_LINE)),
    line: where.line,
  };
}

/** The real path of the file below the real directory that shares the longest end with `recorded`; null without one. */
async function findFile(directory: string, recorded: string): Promise<string | null> {
  const root = await resolved(directory);
  if (root === null) return null;
  // `example.com/shop@v1.2.3/…` under -trimpath; a version is no part of a checkout's path.
  const parts = recorded.split(/[/\\]/).filter((part) => part !== '' && part !== '.');
  if (parts.includes('..')) return null;
  for (let from = 0; from < parts.length; from++) {
    const path = await resolved(join(root, ...parts.slice(from)));
    if (path?.startsWith(root.endsWith(sep) ? root : root + sep)) return path;
  }
  return null;
}

async function resolved(path: string): Promise<string | null> {
  // What cannot be resolved is not there for us: missing, forbidden, a loop of links, a name with a zero byte.
  return realpath(path).catch(() => null);
}

/** `store` of `example.com/shop/store/v2`; where a file's clause says another name no lines are shown. */
function clauseOf(path: string): string {
  const parts = path.split('/');
  const last = parts.at(-1) ?? '';
  return (/^v\d+$/.test(last) ? parts.at(-2) : undefined) ?? last;
}

async function readText(path: string): Promise<string | null> {
  const status = await stat(path).catch(() => null);
  if (status === null || !status.isFile() || status.size > MAX_BYTES) return null;
  const file = await open(path).catch(() => null);
  if (file === null) return null;
  try {
    return await file.readFile('utf8');
  } finally {
    await file.close();
  }
}
