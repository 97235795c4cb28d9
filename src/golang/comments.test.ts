import { expect, it } from 'vitest';
import { commentGroups } from './comments.ts';
import { parseFile } from './parse.ts';
import { textBetween } from './tree.ts';

/** The comments of each group of a file. */
function groups(source: string): string[][] {
  const tree = parseFile('a.go', Buffer.from(source));
  const [file] = tree.files;
  if (file === undefined) return [];
  const firsts = commentGroups(tree, file);
  return firsts.map((first, i) => {
    const texts: string[] = [];
    for (let comment = first; comment < (firsts[i + 1] ?? file.endComment); comment++) {
      texts.push(textBetween(tree, tree.commentStart[comment] ?? 0, tree.commentEnd[comment] ?? 0));
    }
    return texts;
  });
}

// test/compare-go.test.ts holds groups against go/ast over GOROOT; this shows the rule.
it.each([
  ['lines that follow each other', '// a\n// b\n/* c */ // d\npackage p\n', [['// a', '// b', '/* c */', '// d']]],
  ['an empty line parts', '// a\n\n// b\npackage p\n', [['// a'], ['// b']]],
  ['code parts', 'package p /* a */ ; /* b */\n', [['/* a */'], ['/* b */']]],
  ['after code, the line is the group', 'package p // a\n// b\n// c\n', [['// a'], ['// b', '// c']]],
  ['line ends of Windows', '// a\r\n// b\r\npackage p\r\n', [['// a', '// b']]],
])('%s', (_, source, expected) => {
  expect(groups(source)).toEqual(expected);
});
