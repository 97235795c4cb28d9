/** What people wrote beside the lines of a profile, so that it survives when the profile is learned again. Pure. */
import { isMap, isPair, isScalar, isSeq, type Node, parseDocument } from 'yaml';

/** Lines are what follows `#`; an empty one is an empty line. */
export interface Comment {
  readonly before?: readonly string[];
  readonly after?: string;
}

/**
 * By `key`, `key.key`, or `key.item` of a list. A key and a dot alone: what stands after the last line of that map. The empty
 * name: what stands at the end of the file.
 */
export type Comments = ReadonlyMap<string, Comment>;

export const NO_COMMENTS: Comments = new Map();

/** Of a text that readProfile could read; comments inside of brackets are not kept. */
export function commentsOf(text: string): Comments {
  const document = parseDocument(text, { prettyErrors: false, logLevel: 'error' });
  const out = new Map<string, Comment>();
  const root: unknown = document.contents;
  if (isMap(root)) collect(root, '', out, lines(root.commentBefore));
  const end = lines(document.comment);
  if (end.length > 0) out.set('', { before: end });
  const head = lines(document.commentBefore);
  if (head.length > 0) {
    const first = out.get('schema');
    out.set('schema', { ...first, before: [...head, '', ...(first?.before ?? [])] });
  }
  return out;
}

/** @param leading what stands before the first entry */
function collect(map: Node, prefix: string, out: Map<string, Comment>, leading: readonly string[]): void {
  if (!isMap(map)) return;
  let above = leading;
  for (const pair of map.items) {
    if (!isPair(pair) || !isScalar(pair.key)) continue;
    const { key } = pair;
    const value: unknown = pair.value;
    const place = prefix + String(key.value);
    const nested = (isMap(value) || isSeq(value)) && value.flow !== true;
    const before = [...above, ...lines(key.commentBefore)];
    above = [];
    const after = nested ? '' : oneLine(isMap(value) || isSeq(value) || isScalar(value) ? value.comment : null);
    keep(out, place, before, after);
    if (!nested) continue;
    const inner = lines(value.commentBefore);
    if (isMap(value)) collect(value, `${place}.`, out, inner);
    else
      for (const [i, item] of value.items.entries()) {
        if (!isScalar(item)) continue;
        keep(
          out,
          `${place}.${String(item.value)}`,
          [...(i === 0 ? inner : []), ...lines(item.commentBefore)],
          oneLine(item.comment),
        );
      }
    // In a map inside of another, what follows the last entry; of the file itself it is the document's.
    const end = lines(value.comment);
    if (end.length > 0) out.set(`${place}.`, { before: end });
  }
}

function keep(out: Map<string, Comment>, place: string, before: readonly string[], after: string): void {
  if (before.length > 0 || after !== '')
    out.set(place, { ...(before.length > 0 ? { before } : {}), ...(after === '' ? {} : { after }) });
}

function lines(comment: string | null | undefined): string[] {
  return comment === null || comment === undefined || comment === '' ? [] : comment.split('\n');
}

function oneLine(comment: string | null | undefined): string {
  return (comment ?? '').split('\n').join(' ');
}
