/** A filter that traps in the first body: what Envoy's failure_policy makes of that. For test/e2e-run/envoy.ts. */
export function proxy_abi_version_0_2_1(): void {}
export function proxy_on_memory_allocate(_size: usize): usize {
  return 0;
}
export function proxy_on_context_create(_id: u32, _parent: u32): void {}
export function proxy_on_vm_start(_id: u32, _size: i32): i32 {
  return 1;
}
export function proxy_on_configure(_id: u32, _size: i32): i32 {
  return 1;
}
export function proxy_on_request_body(_id: u32, _size: i32, _end: i32): i32 {
  unreachable();
  return 0;
}
