/**
 * What the loader hands out: where packages are and which files belong to them, for one GOOS/GOARCH and one set of tags.
 * Nothing here is parsed beyond a file's header (build constraint, package clause, imports).
 */

/** A module, or GOROOT's `std` and `cmd`. */
export interface Module {
  /** `example.com/shop`; `std` for the standard library; '' for files outside any module. */
  readonly path: string;
  readonly dir: string;
  /** [major, minor] of the `go` line: language semantics (loop variables, timers) follow it. Unknown: [1, 16], as cmd/go has it without a go line. */
  readonly go: readonly [number, number];
}

export interface SourceFile {
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  /** Name ends in _test.go. */
  readonly test: boolean;
  /** `import "C"`: parsed and reviewed, but what C names is unknown. */
  readonly cgo: boolean;
}

/**
 * A package as it is reviewed. In-package tests are part of the package (`files` with `test`); an external test package
 * (`package x_test`) is one of its own, with the import path + `_test`.
 */
export interface SourcePackage {
  readonly importPath: string;
  readonly name: string;
  readonly dir: string;
  readonly module: Module;
  /** Sorted by path. */
  readonly files: readonly SourceFile[];
  /** Import paths as written in the files (resolved for vendoring), sorted, without "C" and "unsafe". */
  readonly imports: readonly string[];
}
