import { createHash } from 'node:crypto';

/**
 * The identity of a finding across deploys: rule + function (with its package path) + operation, 16 hex digits.
 * Line numbers and addresses are no part of it, so an edit above the leak does not make it a new one.
 *
 * `operation` is what happens there in a word or two, e.g. `chan send`, `bytes.Buffer.grow`, `map assign`.
 */
export function fingerprint(rule: string, func: string, operation: string): string {
  // JSON keeps the three apart whatever they contain.
  const identity = JSON.stringify(['hemostat/fingerprint@1', rule, normalizeFunction(func), operation.trim()]);
  return createHash('sha256').update(identity, 'utf8').digest('hex').slice(0, 16);
}

/**
 * A Go function name without the parts that the compiler numbers or that depend on how it was printed:
 * - type arguments: `main.(*Cache[go.shape.string,int]).Get` and `main.(*Cache[...]).Get` are one function;
 * - closures: `Run.func1.2` is the second closure inside the first one in Run, and the numbers move when somebody adds
 *   a closure above; the nesting stays: `Run.func.func`. Two closures of the same depth in one function become one;
 * - wrappers that `go` and `defer` make (`gowrap1`, `deferwrap2`), bodies of range-over-func loops (`-range1`),
 *   numbered `init.0`, and method values (`-fm`);
 * - `%2e`, which stands for a dot in the last element of a package path (`gopkg.in/yaml%2ev3`).
 *
 * The names are made in cmd/compile/internal/ir/func.go (closureName) and cmd/internal/objabi/path.go (PathToPrefix).
 */
export function normalizeFunction(func: string): string {
  const plain = dropTypeArguments(func.trim());
  // Package paths may look like anything (`example.com/v1.2/x`); only what follows the last slash is a name.
  const slash = plain.lastIndexOf('/') + 1;
  const name = plain
    .slice(slash)
    .replace(/%([0-9a-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
    .replace(/\.init\.\d+(?=$|\.)/g, '.init')
    .replace(/\.func\d+(?=$|[.-])/g, '.func')
    .replace(/\.\d+(?=$|[.-])/g, '.func')
    .replace(/\.(gowrap|deferwrap)\d+/g, '.$1')
    .replace(/-range\d+/g, '-range')
    .replace(/-fm$/, '');
  return plain.slice(0, slash) + name;
}

/** `F[a,b[c]]` → `F[...]`; brackets nest, so this counts them. An unclosed bracket swallows the rest. */
function dropTypeArguments(func: string): string {
  let out = '';
  let depth = 0;
  for (const char of func) {
    if (char === '[') {
      if (depth === 0) out += '[...]';
      depth++;
    } else if (char === ']' && depth > 0) {
      depth--;
    } else if (depth === 0) {
      out += char;
    }
  }
  return out;
}
