/** A thread that reviews packages: told a task, it answers. Started by pool.ts. */
import { parentPort, workerData } from 'node:worker_threads';
import { createReviewer, type PackageTask, type ReviewerSetup } from './reviewer.ts';

const setup: ReviewerSetup = workerData;
const reviewer = createReviewer(setup);

// An exception ends the thread; the pool takes it for what it is and says so.
parentPort?.on('message', (task: PackageTask) => {
  parentPort?.postMessage(reviewer.review(task));
});
