/**
 * Facts by package: engine → function key → small JSON. A package sees the facts of the packages that it imports,
 * directly or not, and of no other, so that its answer does not depend on the order in which packages are reviewed.
 */

/** Of one package: engine → key of a function → facts. Plain JSON. */
export type PackageFacts = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** What `Pass.factsOf` asks. */
export interface FactView {
  of(engine: string, key: string): unknown;
}

export const NO_FACTS: FactView = { of: () => undefined };

/** A view over packages by import path. */
export function factView(packages: { get(path: string): PackageFacts | undefined }): FactView {
  return {
    of(engine, key) {
      // The path's last element may have dots (gopkg.in/yaml.v3.Unmarshal): try every dot after the last slash.
      for (let dot = key.indexOf('.', key.lastIndexOf('/') + 1); dot !== -1; dot = key.indexOf('.', dot + 1)) {
        const facts = own(own(packages.get(key.slice(0, dot)), engine), key);
        if (facts !== undefined) return facts;
      }
      return undefined;
    },
  };
}

/** A member that is the object's own: function names such as `constructor` are keys, too. */
function own<T>(object: Readonly<Record<string, T>> | undefined, key: string): T | undefined {
  return object !== undefined && Object.hasOwn(object, key) ? object[key] : undefined;
}

/** Facts as they are left, with sorted keys at the end, so that equal facts are equal text. */
export class FactCollector {
  private readonly engines = new Map<string, Map<string, unknown>>();

  leave(engine: string, key: string, facts: unknown): void {
    let keys = this.engines.get(engine);
    if (keys === undefined) {
      keys = new Map();
      this.engines.set(engine, keys);
    }
    keys.set(key, facts);
  }

  /** Null prototypes: a function may be called `__proto__`. */
  finish(): PackageFacts {
    const result: Record<string, Record<string, unknown>> = Object.create(null);
    for (const [engine, keys] of sorted(this.engines)) {
      const facts: Record<string, unknown> = Object.create(null);
      for (const [key, value] of sorted(keys)) facts[key] = value;
      result[engine] = facts;
    }
    return result;
  }
}

function sorted<T>(map: ReadonlyMap<string, T>): [string, T][] {
  return [...map].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
}
