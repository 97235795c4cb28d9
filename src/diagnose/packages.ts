/**
 * Whose code is a function: the standard library's, a dependency's, or the user's own? A finding names the user's
 * line, so everything hangs on this.
 */

export type Owner = 'std' | 'dependency' | 'user';

/** First path elements of the standard library's packages (go list std), plus the toolchain's own symbols. */
const STD_ROOTS: ReadonlySet<string> = new Set(
  (
    'archive bufio bytes cmp compress container context crypto database debug embed encoding errors expvar flag fmt go ' +
    'hash html image index internal io iter log maps math mime net os path plugin reflect regexp runtime simd slices ' +
    'sort strconv strings structs sync syscall testing text time unicode unique unsafe uuid vendor weak'
  ).split(' '),
);

/**
 * Import path of the package of a symbol: `net/http.(*conn).serve` → `net/http`. Type arguments may hold paths of
 * their own (`slices.SortFunc[go.shape.[]a.com/b.T]`) and are cut first. Empty where there is none (C and assembly symbols).
 */
export function packageOf(symbol: string): string {
  const bracket = symbol.indexOf('[');
  const name = bracket < 0 ? symbol : symbol.slice(0, bracket);
  const slash = name.lastIndexOf('/');
  const dot = name.indexOf('.', slash + 1);
  // The linker writes dots of the last path element as %2e: gopkg.in/yaml%2ev3.Unmarshal.
  return dot < 0 ? '' : name.slice(0, dot).replaceAll('%2e', '.');
}

/** Symbols that the compiler and linker make; they have no package of the user's. */
function isSynthetic(symbol: string): boolean {
  return symbol.startsWith('go:') || symbol.startsWith('type:') || symbol.startsWith('_cgo');
}

/** `file` as the compiler recorded it; it tells a dependency (module cache, vendor) from the user's module. */
export function ownerOf(symbol: string, file: string): Owner {
  const path = packageOf(symbol);
  if (path === '' || isSynthetic(symbol)) return 'std';
  if (path === 'main' || path.startsWith('main_')) return 'user';
  const slash = path.indexOf('/');
  const root = slash < 0 ? path : path.slice(0, slash);
  if (STD_ROOTS.has(root) && !root.includes('.')) return looksLikeStdFile(path, file) ? 'std' : 'user';
  if (file.includes('/pkg/mod/') || file.includes('/vendor/') || /@v\d/.test(file)) return 'dependency';
  return 'user';
}

/**
 * A module may be called `log/…` or `internal/…` too. Standard files are `$GOROOT/src/<package>/x.go`, or
 * `<package>/x.go` with -trimpath; without a file the name decides.
 */
function looksLikeStdFile(path: string, file: string): boolean {
  if (file === '' || file.startsWith('<') || file.startsWith('_cgo')) return true;
  if (file.includes(`/src/${path}/`) || file.startsWith(`${path}/`)) return true;
  // internal/sync.runtime_SemacquireMutex is written in runtime/sema.go and linked under that name, and
  // runtime.mapassign_fast64 since Go 1.24 in internal/runtime/maps.
  return /(?:^|\/src\/)(?:internal\/)?runtime\//.test(file);
}

/** `main.(*Store).Put.func1` → `main.(*Store).Put`: a closure belongs to the function that it is written in. */
export function outerFunction(symbol: string): string {
  return symbol.replace(/(?:\.func\d+|\.gowrap\d+|\.deferwrap\d+|-range\d+|-fm|\.\d+)+$/, '');
}

/** `example.com/shop/internal/cache.(*LRU).add` → `cache.(*LRU).add`, as pprof and people write it. */
export function shortFunction(symbol: string): string {
  const bracket = symbol.indexOf('[');
  const name = bracket < 0 ? symbol : symbol.slice(0, bracket);
  return symbol.slice(name.lastIndexOf('/') + 1);
}

export function baseName(path: string): string {
  return path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1);
}
