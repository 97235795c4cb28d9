/**
 * Holds our parser against go/parser, file by file: nodes per kind, every node's start and end, comments and their groups,
 * and whether there is a syntax error. Prints the rate of agreement and what differs; exits 1 where it is not 100 %.
 *
 *   node scripts/compare-go.ts parse [--goroot DIR] [--toolchain go1.27.1] [--show 10] [FILE…]
 *
 * Without files all of GOROOT/src is compared, testdata included (the oracle is scripts/go-oracle). Nodes of go/ast that
 * we do not make: Package, and the AssignStmt and UnaryExpr that go/parser itself drops from a range clause.
 */
import { parseArgs } from 'node:util';
import { compareParse, goFilesBelow, goroot, withOracle } from './compare-go-parse.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    goroot: { type: 'string' },
    toolchain: { type: 'string', default: '' },
    show: { type: 'string', default: '10' },
  },
});
const [what, ...files] = positionals;
if (what !== 'parse') {
  process.stderr.write('compare-go: say what to compare: parse\n');
  process.exit(2);
}

const root = values.goroot ?? `${goroot(values.toolchain)}/src`;
const list = files.length > 0 ? files : goFilesBelow(root);
const started = performance.now();
const result = await withOracle(values.toolchain, (oracle) => compareParse(oracle, list));
const seconds = ((performance.now() - started) / 1000).toFixed(1);
for (const line of result.differences.slice(0, Number(values.show))) process.stdout.write(`${line}\n`);
const rate = (100 * result.agreed) / Math.max(1, result.accepted);
process.stdout.write(
  `${list.length} files below ${root}, ${(result.bytes / 1e6).toFixed(1)} MB, in ${seconds} s (oracle included)\n` +
    `go/parser accepts ${result.accepted}; same nodes, positions and comments, and no problem: ${result.agreed} (${rate.toFixed(2)} %)\n` +
    `go/parser refuses ${result.refused}; we have a problem, too: ${result.refusedByUs}; first on the same line: ${result.sameLine}\n`,
);
process.exitCode = result.agreed === result.accepted ? 0 : 1;
