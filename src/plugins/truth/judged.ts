/** Remembers how claims came out. Judging all of them takes thousands of runs; they change only when the library does. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Judgement } from '../../../sim/lab/claims.ts';
import { hashOf } from './inputs.ts';

const FOLDER = path.join(process.cwd(), 'node_modules', '.cache', 'ringside');
const known = new Map<string, Judgement>();
const state: { file?: string } = {};

/** The judgement of a claim: from the last build with the same library, otherwise from `judge`. */
export function judged(claim: string, judge: () => Judgement): Judgement {
  const file = open();
  const found = known.get(claim);
  if (found) return found;
  const judgement = judge();
  known.set(claim, judgement);
  mkdirSync(FOLDER, { recursive: true });
  writeFileSync(file, JSON.stringify([...known]));
  return judgement;
}

function open(): string {
  if (state.file) return state.file;
  state.file = path.join(FOLDER, `claims-${hashOf([path.join(process.cwd(), 'sim')])}.json`);
  if (existsSync(state.file)) {
    for (const [claim, judgement] of JSON.parse(readFileSync(state.file, 'utf8')))
      known.set(claim, judgement);
  }
  return state.file;
}
