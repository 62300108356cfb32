/** core: time, chance and evidence. Knows no virtual machine. */
export * from './chrome-trace.ts';
export * from './engine.ts';
export * from './errors.ts';
export * from './limits.ts';
export { exp, log } from './log.ts';
export * from './program.ts';
export * from './rng.ts';
export * from './stats.ts';
export * from './trace.ts';
export * from './units.ts';
