/**
 * Ringside: how Hyper-V gives a virtual machine its devices, as a simulation whose bytes are real.
 *
 *     import { run, lanesSvg } from 'ringside';
 *     const { metrics, digest } = run('two-roads', { mode: 'dma', size: 4096 });
 */

// The machine, for people who build their own experiment, device or driver.
export * from './core/index.ts';
export * from './enlightenments/index.ts';
// Exercises: what a course asks, and the judge that page, notebook and command share.
export * from './exercises/index.ts';
export type { ExperimentId, Experiments, MetricOf, ParamsOf } from './experiments/index.ts';
// Experiments: what pages, notebooks and the command line run.
export { experiments, findExperiment, run, runLine, sweep } from './experiments/index.ts';
export type { NotebookDisplay, NotebookTools } from './experiments/notebook.ts';
export { notebook } from './experiments/notebook.ts';
export * from './guest/index.ts';
export * from './host/index.ts';
export * from './lab/index.ts';
export * from './machine/index.ts';
export { VERSION } from './version.ts';

/** The bytes that cross the boundary: layouts, numbers, encoders. `wire.byGoldenName('vstor_packet')`. */
export * as wire from './wire/index.ts';
