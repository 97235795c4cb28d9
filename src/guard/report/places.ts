/** Files of findings as other tools want them: relative to the repository, columns in UTF-16 code units. */
import { isAbsolute, relative, resolve, sep } from 'node:path';
import type { ChainStep, Region } from '../../findings/model.ts';
import type { JudgedFinding } from './report.ts';

export interface Places {
  /** What relative files of findings are relative to; absolute. */
  readonly root: string;
  /** Code hosts take paths from here; absolute. */
  readonly repository: string;
  /** Regions count bytes; this gives the column that a tool shows, where the file can be read. */
  readonly column?: (file: string, line: number, bytes: number) => number;
}

/** The path from the repository, with `/`; absolute where the file lies outside it; empty for none. */
export function pathFromRepository(file: string, { root, repository }: Places): string {
  if (file === '') return '';
  const path = resolve(root, file);
  const name = relative(repository, path);
  return name === '' || name.startsWith('..') || isAbsolute(name) ? path : name.split(sep).join('/');
}

export function columnOf(region: Region, line: number, bytes: number, { root, column }: Places): number {
  return column === undefined ? bytes : column(resolve(root, region.file), line, bytes);
}

/** `deploy/api.yaml:12:9`, or what it is about where no file holds it. */
export function placeText(finding: JudgedFinding, places: Places): string {
  const { where, region, subject } = finding;
  const file = pathFromRepository(where.file, places);
  if (file === '') return subject.instance;
  if (where.line < 1) return file;
  return region === undefined
    ? `${file}:${where.line}`
    : `${file}:${region.line}:${columnOf(region, region.line, region.column, places)}`;
}

/** `deploy/rbac.yaml:3` of a step of a chain; empty where it has no file, or its text names the place. */
export function stepPlace({ where, text }: ChainStep, places: Places): string {
  const file = pathFromRepository(where?.file ?? '', places);
  if (where === undefined || file === '') return '';
  const place = where.line < 1 ? file : `${file}:${where.line}`;
  return text.includes(place.slice(place.lastIndexOf('/') + 1)) ? '' : place;
}
