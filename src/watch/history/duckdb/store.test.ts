import { conformance } from '../conformance.testing.ts';
import { openDuckDbStore } from './store.ts';

conformance('DuckDB', (dir) => openDuckDbStore({ dir, apartMs: 0 }));
