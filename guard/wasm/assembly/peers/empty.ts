/** A filter that does nothing, with the callbacks of ours: what the crossing into a VM costs by itself. For bench/wasm.ts. */
const BUFFER: usize = memory.data(65536, 16);

export function proxy_abi_version_0_2_1(): void {}
export function proxy_on_memory_allocate(size: usize): usize {
  return size <= 65536 ? BUFFER : 0;
}
export function proxy_on_context_create(_id: u32, _parent: u32): void {}
export function proxy_on_vm_start(_id: u32, _size: i32): i32 {
  return 1;
}
export function proxy_on_configure(_id: u32, _size: i32): i32 {
  return 1;
}
export function proxy_on_request_headers(_id: u32, _count: i32, _end: i32): i32 {
  return 0;
}
export function proxy_on_request_body(_id: u32, _size: i32, _end: i32): i32 {
  return 0;
}
export function proxy_on_response_headers(_id: u32, _count: i32, _end: i32): i32 {
  return 0;
}
export function proxy_on_done(_id: u32): i32 {
  return 1;
}
export function proxy_on_delete(_id: u32): void {}
