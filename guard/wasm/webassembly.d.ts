/** What the test host needs of the WebAssembly API; TypeScript has its types only in the library of browsers. */
declare namespace WebAssembly {
  class Module {
    constructor(bytes: Uint8Array<ArrayBuffer>);
  }
  class Memory {
    private constructor();
    readonly buffer: ArrayBuffer;
  }
  class Instance {
    constructor(module: Module, imports: Record<string, Record<string, (...args: never[]) => number>>);
    readonly exports: Record<string, Memory | ((...args: unknown[]) => unknown) | undefined>;
  }
}
