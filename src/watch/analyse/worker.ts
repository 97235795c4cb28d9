/** The analysing thread: answers each request in turn (thread.ts asks). */
import { parentPort, workerData } from 'node:worker_threads';
import { Analysis, type AnalysisOptions } from './analysis.ts';
import type { Answer, Request } from './messages.ts';

const options: AnalysisOptions = workerData;
const analysis = new Analysis(options);

parentPort?.on('message', (request: Request) => {
  let answer: Answer;
  try {
    answer = answerTo(request);
  } catch (error) {
    answer = { kind: 'failed', says: error instanceof Error ? error.message : String(error) };
  }
  parentPort?.postMessage(answer);
});

function answerTo(request: Request): Answer {
  switch (request.kind) {
    case 'analyse':
      return { kind: 'analysed', output: analysis.analyse(request.input) };
    case 'remember':
      analysis.remember(request.target, request.summaries);
      return { kind: 'done' };
    case 'flows':
      analysis.flows(request.target, request.series);
      return { kind: 'done' };
    case 'forget':
      analysis.forget(request.target);
      return { kind: 'done' };
    case 'reviewed':
      analysis.reviewed(request.dir, request.review);
      return { kind: 'done' };
  }
}
