/** Rows, statements, transactions, connections of a database, and files, that are not closed on every path. */
import { nameOf } from '../../golang/tree.ts';
import type { Confidence, Pass, Report, Rule } from '../rule.ts';
import { type Leak, typestate } from '../typestate/engine.ts';
import { calledText, lineOf, skipsSwitch, stepsOf } from '../typestate/explain.ts';
import { typestateFacts } from '../typestate/facts.ts';
import type { ResourceId } from '../typestate/resources.ts';
import { Mark } from '../typestate/uses.ts';

export const rowsNotClosed: Rule = {
  id: 'rows-not-closed',
  summary: 'Rows, a statement, a transaction or a file is not closed on every path.',
  // Always looked at: whoever calls this package may need its facts, and rows may come from one that imports the driver.
  check(pass) {
    pass.engine(typestateFacts);
    for (const leak of pass.engine(typestate)) {
      const words = WORDS[leak.site.resource.id];
      if (words !== undefined) pass.report(describe(pass, leak, words));
    }
  },
};

interface Words {
  /** `rows`, in a sentence. */
  readonly noun: string;
  /** What was not done. */
  readonly done: string;
  /** What stays. */
  readonly stays: string;
  readonly advice: string;
}

const WORDS: Partial<Record<ResourceId, Words>> = {
  rows: {
    noun: 'rows',
    done: 'closed',
    stays: 'the connection does not go back to the pool',
    advice:
      'Defer rows.Close() right after the error is checked; reading to the end closes them, leaving early does not.',
  },
  statement: {
    noun: 'the statement',
    done: 'closed',
    stays: 'the server keeps it for as long as the connection lives',
    advice: 'Defer Close right after the error is checked.',
  },
  transaction: {
    noun: 'the transaction',
    done: 'committed or rolled back',
    stays: 'its connection and its locks stay taken',
    advice: 'Defer Rollback right after the error is checked; after Commit it does nothing.',
  },
  connection: {
    noun: 'the connection',
    done: 'closed',
    stays: 'it does not go back to the pool',
    advice: 'Defer Close right after the error is checked.',
  },
  file: {
    noun: 'the file',
    done: 'closed',
    stays: 'its descriptor stays open until the garbage collector happens to find it',
    advice: 'Defer Close right after the error is checked.',
  },
};

function describe(pass: Pass, leak: Leak, words: Words): Report {
  const { tree } = pass;
  const { call, resource } = leak.site;
  const made = calledText(tree, call);
  const { noun, done, stays, advice } = words;
  if (leak.kind === 'discarded') {
    const message = `${noun} from ${made} ${noun === 'rows' ? 'are' : 'is'} thrown away and never ${done}: ${stays}`;
    return {
      confidence: confidenceOf(pass, leak),
      node: call,
      message,
      steps: stepsOf(pass, leak, 'nobody keeps it', ''),
      advice,
    };
  }
  const name = nameOf(tree, leak.site.ident);
  const never = isNever(leak);
  const line = lineOf(pass, leak.node);
  const how = {
    return:
      never && resource.exhausts === '' ? `never ${done}` : `not ${done} when the function returns on line ${line}`,
    again: `not ${done} when the loop comes back to line ${line}`,
    overwritten: `not ${done} before line ${line} puts another value in ${name}`,
  }[leak.kind];
  return {
    confidence: confidenceOf(pass, leak),
    node: call,
    message: `${name}, ${noun} from ${made}, ${noun === 'rows' ? 'are' : 'is'} ${how}: ${stays}`,
    steps: stepsOf(pass, leak, `${made} gives ${name}`, `${name} was not ${done} on the way here`),
    advice,
  };
}

/** A file that one way forgets is closed by the garbage collector in the end. */
function confidenceOf(pass: Pass, leak: Leak): Confidence {
  if (skipsSwitch(pass, leak.site.func, leak.way)) return 'medium';
  return leak.site.resource.id === 'file' && !isNever(leak) ? 'medium' : 'high';
}

/** Nothing in the function releases it or hands it on. */
function isNever(leak: Leak): boolean {
  return leak.uses === null || (leak.uses.all & (Mark.Release | Mark.Escape)) === 0;
}
