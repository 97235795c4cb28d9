/** What AssemblyScript calls where it gives up. A proxy has no such import; the trap fails the VM, and Envoy's failure_policy decides. */
export function abort(_message: usize, _file: usize, _line: u32, _column: u32): void {
  unreachable();
}
