/** What a user may point hemostat at. `resolve.ts` makes these from the words of a command line. */

/** An HTTP address under which pprof is expected; nothing has been asked yet. */
export interface Address {
  /** `http://host:port` without a path; for a Unix socket the host is `localhost`. */
  readonly origin: string;
  readonly socketPath?: string;
  /** Path that was given, `/` at least. */
  readonly path: string;
  /** Query to send with every request, without `?`; empty mostly. Treated as secret. */
  readonly query: string;
  /** From the userinfo of the URL. */
  readonly user?: { readonly name: string; readonly password: string };
}

export interface UrlTarget {
  readonly kind: 'url';
  readonly address: Address;
}

export interface PidTarget {
  readonly kind: 'pid';
  readonly pid: number;
}

export interface ChildTarget {
  readonly kind: 'child';
  readonly argv: readonly string[];
  readonly cwd: string;
  /** Name of the lab scenario where it is one: the service's name, and its output is not passed through. */
  readonly lab?: string;
  readonly loadMetric?: string;
}

export interface BundleTarget {
  readonly kind: 'bundle';
  readonly dir: string;
}

export interface FilesTarget {
  readonly kind: 'files';
  readonly files: readonly string[];
}

export type Target = UrlTarget | PidTarget | ChildTarget | BundleTarget | FilesTarget;
