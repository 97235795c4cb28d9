/**
 * Counters, as Envoy names them: dots between words, values of labels as words of the name (docs/examples/wasm has the
 * stats_tags that make labels of them). Defined when they are first counted. Their ids are the VM's.
 */
import { REASONS, reasonName } from './body';
import { begin, defineMetric, increment, put, record } from './host';
import { kindName } from './names';
import { CLASSES, CLASS_CALL, CLASS_MEMBER, CLASS_REFERENCE, CLASS_TEXT, KINDS } from './scan-state';

export function className(cls: i32): string {
  if (cls == CLASS_CALL) return 'call';
  if (cls == CLASS_MEMBER) return 'member';
  if (cls == CLASS_TEXT) return 'text';
  return cls == CLASS_REFERENCE ? 'reference' : 'uncertain';
}

/** Ids plus one, 0 = not defined yet: findings [direction][kind][class], not seen [direction][reason], then the rest. */
const FINDINGS: usize = memory.data(2 * 6 * 5 * 4);
const NOT_SEEN: usize = memory.data(2 * 8 * 4);
const BODIES: usize = memory.data(2 * 4);
const BLOCKED: usize = memory.data(2 * 4);
const GAUGES: usize = memory.data(2 * 4);

function putDirection(response: i32): void {
  put('.direction.');
  put(response ? 'response' : 'request');
}

/** The metric whose name is the line. */
function metric(slot: usize, type: i32): u32 {
  const id = load<u32>(slot);
  if (id) return id;
  const made = defineMetric(type);
  store<u32>(slot, made);
  return made;
}

export function countFindings(response: i32, kind: i32, cls: i32, n: u32): void {
  const slot = FINDINGS + (((response * KINDS + kind) * CLASSES + cls) << 2);
  if (!load<u32>(slot)) {
    begin('hemostat_body_findings.kind.');
    put(kindName(kind));
    put('.class.');
    put(className(cls));
    putDirection(response);
  }
  increment(metric(slot, 0), n);
}

/** `bit` is the number of the reason's bit. */
export function countNotSeen(response: i32, bit: i32): void {
  const slot = NOT_SEEN + ((response * REASONS + bit) << 2);
  if (!load<u32>(slot)) {
    begin('hemostat_body_not_seen.reason.');
    put(reasonName(1 << bit));
    putDirection(response);
  }
  increment(metric(slot, 0), 1);
}

export function countBody(response: i32): void {
  const slot = BODIES + (response << 2);
  if (!load<u32>(slot)) {
    begin('hemostat_bodies');
    putDirection(response);
  }
  increment(metric(slot, 0), 1);
}

export function countBlocked(response: i32): void {
  const slot = BLOCKED + (response << 2);
  if (!load<u32>(slot)) {
    begin('hemostat_bodies_blocked');
    putDirection(response);
  }
  increment(metric(slot, 0), 1);
}

let pages: i32 = 0;

/** Linear memory of this VM, bytes: said when it grew. Each worker thread has a VM; the gauge holds what the last one said. */
export function recordMemory(): void {
  const now = memory.size();
  if (now == pages) return;
  pages = now;
  if (!load<u32>(GAUGES)) begin('hemostat_vm_memory_bytes');
  record(metric(GAUGES, 1), <u64>now << 16);
}
