/**
 * The names that are looked for and the words of JavaScript that matter to the lexer. A name is compared as its first 16 bytes
 * packed into two 64-bit numbers (lo: the first eight, hi: the rest) and its length: no strings are made while a body runs.
 */

export const KIND_NONE: i32 = -1;
export const KIND_EVAL: i32 = 0;
export const KIND_ATOB: i32 = 1;
export const KIND_FUNCTION: i32 = 2;
export const KIND_TIMEOUT: i32 = 3;
export const KIND_INTERVAL: i32 = 4;
export const KIND_EXEC_SCRIPT: i32 = 5;

/** Evaluated once, when the module starts. */
export function packed(word: string, from: i32): u64 {
  let value: u64 = 0;
  const end = min(word.length, from + 8);
  for (let i = from; i < end; i++) value = (value << 8) | word.charCodeAt(i);
  return value;
}

const EVAL = packed('eval', 0);
const ATOB = packed('atob', 0);
const FUNCTION_CLASS = packed('Function', 0);
const TIMEOUT = packed('setTimeout', 0);
const TIMEOUT_HI = packed('setTimeout', 8);
const INTERVAL = packed('setInterval', 0);
const INTERVAL_HI = packed('setInterval', 8);
const EXEC_SCRIPT = packed('execScript', 0);
const EXEC_SCRIPT_HI = packed('execScript', 8);

export function kindName(kind: i32): string {
  switch (kind) {
    case KIND_EVAL:
      return 'eval';
    case KIND_ATOB:
      return 'atob';
    case KIND_FUNCTION:
      return 'Function';
    case KIND_TIMEOUT:
      return 'setTimeout';
    case KIND_INTERVAL:
      return 'setInterval';
    default:
      return 'execScript';
  }
}

export function kindOf(lo: u64, hi: u64, len: i32): i32 {
  if (len == 4) return lo == EVAL ? KIND_EVAL : lo == ATOB ? KIND_ATOB : KIND_NONE;
  if (len == 8) return lo == FUNCTION_CLASS ? KIND_FUNCTION : KIND_NONE;
  if (len == 10) {
    if (lo == TIMEOUT && hi == TIMEOUT_HI) return KIND_TIMEOUT;
    return lo == EXEC_SCRIPT && hi == EXEC_SCRIPT_HI ? KIND_EXEC_SCRIPT : KIND_NONE;
  }
  return len == 11 && lo == INTERVAL && hi == INTERVAL_HI ? KIND_INTERVAL : KIND_NONE;
}

/** setTimeout(f) is everywhere; only setTimeout("…") evaluates. */
export function needsString(kind: i32): bool {
  return kind == KIND_TIMEOUT || kind == KIND_INTERVAL;
}

const WINDOW = packed('window', 0);
const SELF = packed('self', 0);
const GLOBAL_THIS = packed('globalThis', 0);
const GLOBAL_THIS_HI = packed('globalThis', 8);
const GLOBAL = packed('global', 0);
const TOP = packed('top', 0);
const PARENT = packed('parent', 0);
const FRAMES = packed('frames', 0);
const OPENER = packed('opener', 0);
const DEFAULT_VIEW = packed('defaultView', 0);
const DEFAULT_VIEW_HI = packed('defaultView', 8);
const CONTENT_WINDOW = packed('contentWindow', 0);
const CONTENT_WINDOW_HI = packed('contentWindow', 8);

/** Names by which a global object is reached: window.eval( is eval itself, parser.eval( is somebody's method. */
export function isGlobalName(lo: u64, hi: u64, len: i32): bool {
  switch (len) {
    case 3:
      return lo == TOP;
    case 4:
      return lo == SELF;
    case 6:
      return lo == WINDOW || lo == GLOBAL || lo == PARENT || lo == FRAMES || lo == OPENER;
    case 10:
      return lo == GLOBAL_THIS && hi == GLOBAL_THIS_HI;
    case 11:
      return lo == DEFAULT_VIEW && hi == DEFAULT_VIEW_HI;
    case 13:
      return lo == CONTENT_WINDOW && hi == CONTENT_WINDOW_HI;
    default:
      return false;
  }
}

const RETURN = packed('return', 0);
const TYPEOF = packed('typeof', 0);
const DELETE = packed('delete', 0);
const THROW = packed('throw', 0);
const CASE = packed('case', 0);
const ELSE = packed('else', 0);
const VOID = packed('void', 0);
const IN = packed('in', 0);
const DO = packed('do', 0);
const NEW = packed('new', 0);
const INSTANCEOF = packed('instanceof', 0);
const INSTANCEOF_HI = packed('instanceof', 8);
const EXTENDS = packed('extends', 0);
const DEFAULT = packed('default', 0);

/** Reserved words behind which an expression begins: a `/` there begins a regular expression. */
export function isRegexWord(lo: u64, hi: u64, len: i32): bool {
  switch (len) {
    case 2:
      return lo == IN || lo == DO;
    case 3:
      return lo == NEW;
    case 4:
      return lo == CASE || lo == ELSE || lo == VOID;
    case 5:
      return lo == THROW;
    case 6:
      return lo == RETURN || lo == TYPEOF || lo == DELETE;
    case 7:
      return lo == EXTENDS || lo == DEFAULT;
    case 10:
      return lo == INSTANCEOF && hi == INSTANCEOF_HI;
    default:
      return false;
  }
}

const AWAIT = packed('await', 0);
const YIELD = packed('yield', 0);
const OF = packed('of', 0);
const LET = packed('let', 0);
const ASYNC = packed('async', 0);
const STATIC = packed('static', 0);

export function isAwait(lo: u64, len: i32): bool {
  return len == 5 && lo == AWAIT;
}

/** Words that are names in one place and keywords in another. */
export function isDoubtWord(lo: u64, len: i32): bool {
  switch (len) {
    case 2:
      return lo == OF;
    case 3:
      return lo == LET;
    case 5:
      return lo == AWAIT || lo == YIELD || lo == ASYNC;
    case 6:
      return lo == STATIC;
    default:
      return false;
  }
}

const IF = packed('if', 0);
const FOR = packed('for', 0);
const WITH = packed('with', 0);
const WHILE = packed('while', 0);

/** Words whose parenthesis is followed by a statement, which may begin with a regular expression. */
export function isParenWord(lo: u64, len: i32): bool {
  switch (len) {
    case 2:
      return lo == IF;
    case 3:
      return lo == FOR;
    case 4:
      return lo == WITH;
    case 5:
      return lo == WHILE;
    default:
      return false;
  }
}

const FUNCTION = packed('function', 0);

export function isFunctionWord(lo: u64, len: i32): bool {
  return len == 8 && lo == FUNCTION;
}

const CALL = packed('call', 0);
const APPLY = packed('apply', 0);
const BIND = packed('bind', 0);

export function isCallApplyBind(lo: u64, len: i32): bool {
  return len == 4 ? lo == CALL || lo == BIND : len == 5 && lo == APPLY;
}
