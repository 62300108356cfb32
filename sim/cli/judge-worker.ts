/** The thread in which a verdict is found: it runs the library, never a hand-in. */
import { parentPort, workerData } from 'node:worker_threads';
import type { Given } from '../exercises/exercise.ts';
import { findExercise } from '../exercises/index.ts';

const { id, seed, given } = workerData as { id: string; seed: number; given: readonly Given[] };

parentPort?.postMessage(findExercise(id).judge(given, seed));
