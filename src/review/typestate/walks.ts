/** What all walks through one function share: its repeated conditions, and how much more may be walked. */
import type { Flow } from '../../golang/flow.ts';
import type { NameIndex } from '../../golang/names.ts';
import type { Tree } from '../../golang/tree.ts';
import { type Repeated, repeatedConditions } from './conditions.ts';

/**
 * Steps (states and nodes of a graph looked at) that all walks of one engine through one function may take together; after
 * that the rest of the function's resources is given up in silence. No function of the standard library needs more than 4000.
 */
export const MOST_STEPS = 2_000_000;

export interface FunctionWalks {
  readonly repeated: Repeated;
  /** Steps that are left. */
  left: number;
}

/** One for each engine and package, so that what one rule walks takes nothing from another. */
export class Walks {
  readonly #tree: Tree;
  readonly #flags: ((flow: Flow) => ReadonlySet<NameIndex>) | undefined;
  readonly #known = new Map<Flow, FunctionWalks>();

  /** @param flags names of a function's flags, for `repeatedConditions` */
  constructor(tree: Tree, flags?: (flow: Flow) => ReadonlySet<NameIndex>) {
    this.#tree = tree;
    this.#flags = flags;
  }

  of(flow: Flow): FunctionWalks {
    let walks = this.#known.get(flow);
    if (walks === undefined) {
      walks = { repeated: repeatedConditions(this.#tree, flow, this.#flags?.(flow)), left: MOST_STEPS };
      this.#known.set(flow, walks);
    }
    return walks;
  }
}
