/** What holds of all bindings, whatever the source was. For tests and fuzzing. */
import { type Bindings, ObjectFlag, ObjectKind } from '../golang/bindings.ts';
import { Kind } from '../golang/nodes.ts';

/** Throws an Error that says what is wrong with the columns, if anything is. */
export function checkBindings(bindings: Bindings): void {
  const { tree, objectOf, count, kind, flags, ident, scope, func, enclosing, functions } = bindings;
  const demand = (holds: boolean, says: () => string): void => {
    if (!holds) throw new Error(says());
  };
  for (let object = 1; object < count; object++) {
    const declared = ident[object] ?? 0;
    const implicit = ((flags[object] ?? 0) & ObjectFlag.Implicit) !== 0;
    if (declared !== 0 && !implicit) {
      demand(objectOf[declared] === object, () => `object ${object} is declared by ${declared}, which denotes another`);
    }
    demand((scope[object] ?? 0) < bindings.scopeCount, () => `object ${object} is in no scope`);
    const begin = bindings.useStart[object] ?? 0;
    const end = bindings.useStart[object + 1] ?? 0;
    for (let at = begin; at < end; at++) {
      const use = bindings.uses[at] ?? 0;
      demand(objectOf[use] === object, () => `${use} is not a use of object ${object}`);
      const before = at === begin ? -1 : (tree.start[bindings.uses[at - 1] ?? 0] ?? 0);
      demand(before <= (tree.start[use] ?? 0), () => `uses of object ${object} are not in order`);
    }
  }
  let used = 0;
  for (let node = 1; node < tree.count; node++) {
    const object = objectOf[node] ?? 0;
    if (object === 0) continue;
    used++;
    demand(tree.kind[node] === Kind.Ident, () => `node ${node} denotes an object and is no identifier`);
    demand(object < count, () => `node ${node} denotes object ${object} of ${count}`);
    demand(bindings.name[object] === tree.data[node], () => `node ${node} denotes an object of another name`);
  }
  demand(bindings.useStart[count] === used, () => 'uses and identifiers are not as many');
  for (let index = 2; index < bindings.scopeCount; index++) {
    demand((bindings.scopeParent[index] ?? 0) < index, () => `scope ${index} is not within an earlier one`);
  }
  for (const [index, node] of functions.entries()) {
    const isFunction = tree.kind[node] === Kind.FuncDecl || tree.kind[node] === Kind.FuncLit;
    demand(isFunction, () => `functions[${index}] is none`);
    for (let at = bindings.captureStart[index] ?? 0; at < (bindings.captureStart[index + 1] ?? 0); at++) {
      const object = bindings.captures[at] ?? 0;
      const captured = ((flags[object] ?? 0) & ObjectFlag.Captured) !== 0;
      demand(captured && kind[object] === ObjectKind.Variable, () => `captures of functions[${index}]: ${object}`);
      let around = enclosing[node] ?? 0;
      while (around !== 0 && around !== func[object]) around = enclosing[around] ?? 0;
      demand(around !== 0, () => `functions[${index}] captures ${object}, which no function around it declares`);
    }
  }
}
