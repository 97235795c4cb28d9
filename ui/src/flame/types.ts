/** Sample types in words. Others are called what the profile calls them. */
const NAMES: Readonly<Record<string, string>> = {
  inuse_space: 'In use, bytes (inuse_space)',
  inuse_objects: 'In use, objects (inuse_objects)',
  alloc_space: 'Allocated since start, bytes (alloc_space)',
  alloc_objects: 'Allocated since start, objects (alloc_objects)',
  goroutine: 'Goroutines',
  goroutineleak: 'Leaked goroutines',
  contentions: 'Contentions',
  delay: 'Delay',
  samples: 'Samples',
  cpu: 'CPU time',
};

export function typeName(type: string): string {
  return NAMES[type] ?? type;
}
