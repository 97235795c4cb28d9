/** The Go front end as one thread uses it: names and types that packages share, and one package at a time opened over them. */
import { readFileSync } from 'node:fs';
import { bind } from '../golang/bind.ts';
import type { Bindings } from '../golang/bindings.ts';
import { type FlowBuilder, flowBuilder } from '../golang/flow-noreturn.ts';
import type { LoadOptions } from '../golang/load.ts';
import type { SourcePackage } from '../golang/module.ts';
import { createNames } from '../golang/names.ts';
import { createTreeBuilder } from '../golang/parse.ts';
import type { Tree } from '../golang/tree.ts';
import { createWorld } from '../golang/types/world.ts';
import type { Typing } from '../golang/typing.ts';
import type { FileSource } from './analyse.ts';

export interface OpenPackage {
  readonly tree: Tree;
  readonly bindings: Bindings;
  readonly typing: Typing;
  readonly flows: FlowBuilder;
}

export interface FrontEndOptions {
  /** How imports are found. */
  readonly load: LoadOptions;
}

export interface FrontEnd {
  /** @param exitFact the ExitKind that was left for a function of another package, if any */
  open(pkg: SourcePackage, sources: readonly FileSource[], exitFact: (key: string) => unknown): OpenPackage;
}

export function createFrontEnd({ load }: FrontEndOptions): FrontEnd {
  const names = createNames();
  const world = createWorld({ names, load, read });
  return {
    open(pkg, sources, exitFact) {
      const builder = createTreeBuilder(names);
      for (const { path, bytes } of sources) builder.add(path, bytes);
      const tree = builder.finish();
      const bindings = bind(tree, { importName: (path) => world.importName(path, pkg) });
      const typing = world.typing(tree, bindings, pkg);
      return { tree, bindings, typing, flows: flowBuilder(tree, bindings, typing, exitFact) };
    },
  };
}

function read(path: string): Uint8Array | null {
  try {
    return readFileSync(path);
  } catch {
    return null;
  }
}
