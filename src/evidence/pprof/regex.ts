/**
 * Go's regular expressions (RE2 syntax, https://github.com/google/re2/wiki/Syntax), answering only "does it match
 * somewhere". Not JavaScript's: a profile brings its own expressions (drop_frames, keep_frames), and a hostile one
 * would make a backtracking matcher run for years. Here every state is followed at once (Thompson), so the time is at
 * most length of the text × size of the expression. What Go rejects (look-around, back references) is rejected, and
 * flags like (?i) mean what they mean there.
 *
 * regex-parse.ts makes the program, this file runs it.
 */
import { ASSERT, compileProgram, OP, type Program } from './regex-parse.ts';

export interface Matcher {
  test(text: string): boolean;
}

/**
 * @param maxSteps what all tests together may take, for expressions that come from a file; a step is some nanoseconds
 * @throws SyntaxError that says what is wrong with the expression, and where; `test` does beyond `maxSteps`
 */
export function compileRegex(pattern: string, maxSteps = Number.POSITIVE_INFINITY): Matcher {
  const program = compileProgram(pattern);
  const runner = new Runner(program, maxSteps);
  return { test: (text) => runner.test(text) };
}

const NEWLINE = 10;

function isWord(point: number): boolean {
  return (point >= 48 && point <= 57) || (point >= 65 && point <= 90) || point === 95 || (point >= 97 && point <= 122);
}

class Runner {
  private readonly program: Program;
  private current: Int32Array;
  private following: Int32Array;
  /** Generation (a new one for each position of each text) in which a state was added: each is followed once. */
  private readonly mark: Int32Array;
  private readonly pending: number[] = [];
  private generation = 0;
  private stepsLeft: number;

  constructor(program: Program, maxSteps: number) {
    this.program = program;
    this.stepsLeft = maxSteps;
    const size = program.op.length;
    this.current = new Int32Array(size);
    this.following = new Int32Array(size);
    this.mark = new Int32Array(size);
  }

  test(text: string): boolean {
    const { classes, x, anchored } = this.program;
    const points = Array.from(text, (char) => char.codePointAt(0) ?? 0);
    let count = 0;
    this.generation++;
    for (let i = 0; i <= points.length; i++) {
      if (i === 0 || !anchored) {
        const added = this.follow(0, points, i, this.current, count);
        if (added < 0) return true;
        count = added;
      }
      if (count === 0 && anchored) return false;
      if (i === points.length) return false;
      const point = points[i] ?? 0;
      this.generation++;
      if (this.stepsLeft < 0) throw new SyntaxError('the expression takes too long');
      let next = 0;
      for (let k = 0; k < count; k++) {
        const state = this.current[k] ?? 0;
        if (classes[x[state] ?? 0]?.(point) !== true) continue;
        next = this.follow(state + 1, points, i + 1, this.following, next);
        if (next < 0) return true;
      }
      [this.current, this.following] = [this.following, this.current];
      count = next;
    }
    return false;
  }

  /** Adds the states that need a character and are reachable from `start`; −1 when the match state is. */
  private follow(start: number, points: readonly number[], at: number, list: Int32Array, length: number): number {
    const { op, x, y } = this.program;
    const { mark, pending, generation } = this;
    let count = length;
    pending.push(start);
    for (let state = pending.pop(); state !== undefined; state = pending.pop()) {
      this.stepsLeft--;
      if (mark[state] === generation) continue;
      mark[state] = generation;
      switch (op[state]) {
        case OP.match:
          pending.length = 0;
          return -1;
        case OP.char:
          list[count++] = state;
          break;
        case OP.jump:
          pending.push(x[state] ?? 0);
          break;
        case OP.split:
          pending.push(y[state] ?? 0, x[state] ?? 0);
          break;
        default:
          if (holds(x[state] ?? 0, points, at)) pending.push(state + 1);
      }
    }
    return count;
  }
}

function holds(assertion: number, points: readonly number[], at: number): boolean {
  switch (assertion) {
    case ASSERT.begin:
      return at === 0;
    case ASSERT.end:
      return at === points.length;
    case ASSERT.beginLine:
      return at === 0 || points[at - 1] === NEWLINE;
    case ASSERT.endLine:
      return at === points.length || points[at] === NEWLINE;
    default: {
      const boundary = isWord(points[at - 1] ?? -1) !== isWord(points[at] ?? -1);
      return boundary === (assertion === ASSERT.wordBoundary);
    }
  }
}
