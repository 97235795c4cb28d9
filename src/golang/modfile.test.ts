import { expect, test } from 'vitest';
import { compareVersions, escapeCase } from './load-version.ts';
import { parseGoVersion, parseModFile } from './modfile.ts';
import { parseVendorModules, parseWorkFile } from './work.ts';

test('go.mod: blocks, comments, quoted strings', () => {
  const file = parseModFile(
    `// the shop
module "example.com/shop" // its path

go 1.24.3
toolchain go1.27.1

require example.com/a v1.2.3
require (
	example.com/b/v2 v2.0.0 // indirect
	\`example.com/c\` v0.0.0-20240101000000-abcdefabcdef
)
require ()
replace example.com/a => ../a
replace (
	example.com/b/v2 v2.0.0 => example.com/fork/v2 v2.0.1
)
exclude example.com/a v1.2.2
retract [v1.0.0, v1.0.5] // broken
tool example.com/t
ignore ./node_modules
`.replaceAll('\n', '\r\n'),
    'go.mod',
  );
  expect(file).toEqual({
    module: 'example.com/shop',
    go: [1, 24],
    toolchain: 'go1.27.1',
    require: [
      { path: 'example.com/a', version: 'v1.2.3' },
      { path: 'example.com/b/v2', version: 'v2.0.0' },
      { path: 'example.com/c', version: 'v0.0.0-20240101000000-abcdefabcdef' },
    ],
    replace: [
      { old: { path: 'example.com/a', version: '' }, new: { path: '../a', version: '' } },
      {
        old: { path: 'example.com/b/v2', version: 'v2.0.0' },
        new: { path: 'example.com/fork/v2', version: 'v2.0.1' },
      },
    ],
    exclude: [{ path: 'example.com/a', version: 'v1.2.2' }],
    ignore: ['./node_modules'],
    problems: [],
  });
});

test('what makes no sense is said with its line, and the rest is read', () => {
  const file = parseModFile(
    'module m\ngo latest\nrequire a\nreplace a b c\nfrobnicate x\nrequire "a\nexclude (\n\ta v1.0.0\n',
    'go.mod',
  );
  expect(file.problems).toEqual([
    'go.mod:6: a string is not closed',
    'go.mod:7: the block of exclude is not closed',
    'go.mod:2: latest is no Go version: write e.g. go 1.26',
    'go.mod:3: require needs a module path and a version',
    'go.mod:4: replace needs the form: path [version] => path [version]',
    'go.mod:5: unknown directive frobnicate: it is passed over',
  ]);
  expect(file.module).toBe('m');
  expect(file.exclude).toEqual([{ path: 'a', version: 'v1.0.0' }]);
  expect(parseModFile('\0\uFFFD', 'go.mod').problems).toHaveLength(2);
});

test.each([
  ['1.21', [1, 21]],
  ['1.21.3', [1, 21]],
  ['go1.27rc1', [1, 27]],
  ['go1.22.1-custom', [1, 22]],
  ['1.x', null],
  ['', null],
])('Go version %j', (text, version) => {
  expect(parseGoVersion(text)).toEqual(version);
});

test('go.work', () => {
  const work = parseWorkFile('go 1.26\n\nuse (\n\t./a\n\t"./b c"\n)\nuse ../d\nreplace x => ./x\nuse\n', 'go.work');
  expect(work.use).toEqual(['./a', './b c', '../d']);
  expect(work.replace).toHaveLength(1);
  expect(work.problems).toEqual(['go.work:9: use names no directory']);
});

test('vendor/modules.txt', () => {
  const packages = parseVendorModules(
    '# a.b/c v1.0.0\n## explicit; go 1.21\na.b/c\na.b/c/d\n# e.f/g => ../g\n## explicit\ne.f/g/h\n',
  );
  expect(packages.get('a.b/c/d')).toEqual({ path: 'a.b/c', version: 'v1.0.0', go: '1.21' });
  expect(packages.get('e.f/g/h')).toEqual({ path: 'e.f/g', version: '', go: '' });
});

test('versions in order', () => {
  // The order of semver.org's example, with Go's pseudo-versions among them.
  const ordered = [
    'v0.0.0-20230101000000-aaaaaaaaaaaa',
    'v0.0.0-20240101000000-aaaaaaaaaaaa',
    'v1.0.0-alpha',
    'v1.0.0-alpha.1',
    'v1.0.0-alpha.beta',
    'v1.0.0-beta.2',
    'v1.0.0-beta.11',
    'v1.0.0-rc.1',
    'v1.0.0',
    'v1.2.0+incompatible',
    'v1.10.0',
  ];
  expect([...ordered].reverse().sort(compareVersions)).toEqual(ordered);
  expect(escapeCase('github.com/BurntSushi/toml')).toBe('github.com/!burnt!sushi/toml');
});
